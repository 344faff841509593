"""A case that ended before its seal: its committee, managers above and executive read as little of it as before."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.phase import Phase
from review.queries.parties import members_of
from review.queries.sights import load_sights
from review.services.people import grant_role
from tests.committee_room import Room, built_room
from tests.factories import open_scene
from tests.signed_in import Door

COMMITTEE = ("mika", "clara", "omar")
FROM_ABOVE = ("vera", "noor", "jonas")
"""Two managers above Greta's, the second an executive as well, and an executive who is none of them."""


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a case that was given to its committee and has all its feedback and ratings, but was not sealed."""
    room = built_room(session, open_scene(session, now), now)
    room.case.committee_id = room.scene.committee_id
    session.commit()
    return room


@pytest.fixture
def managed(session: Session, now: datetime) -> Room:
    """Return such a case of a manager, which an executive signs off."""
    room = built_room(session, open_scene(session, now), now, key="greta", to_level="director-pm")
    grant_role(session, room.scene.id("jonas"), "executive", actor=SYSTEM, now=now)
    session.commit()
    return room


def find_open(app: Flask, door: Door, room: Room, key: str) -> list[str]:
    """Return which addresses of the case somebody can open."""
    client = door.enter(key)
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.arguments == {"case_id"} and "GET" in (rule.methods or ())
    ]
    paths = [str(rule).replace("<int:case_id>", str(room.case_id)) for rule in rules if "/api/" not in str(rule)]
    paths += [f"/committee/compare?case={room.case_id}", f"/cases/{room.case_id}/calibration/leadership"]
    answers = {path: client.get(path) for path in paths}
    for answer in answers.values():
        answer.get_data()
    return sorted(path for path, answer in answers.items() if answer.status_code != 404)


def test_its_committee_reads_nothing_of_it_before_or_after_it_ends(
    app: Flask, client: FlaskClient, session: Session, room: Room, now: datetime
) -> None:
    door = Door(client, session, now, room.scene.company.ids)
    before = {key: find_open(app, door, room, key) for key in COMMITTEE}
    room.fire("withdraw", "iris", "I go on another way.")
    session.commit()
    after = {key: find_open(app, door, room, key) for key in COMMITTEE}
    assert (room.case.phase, before, after) == ("closed", *2 * [{key: [] for key in COMMITTEE}])


def test_nor_do_managers_above_and_the_executive(
    app: Flask, client: FlaskClient, session: Session, managed: Room, now: datetime
) -> None:
    door = Door(client, session, now, managed.scene.company.ids)
    before = {key: find_open(app, door, managed, key) for key in FROM_ABOVE}
    managed.fire("withdraw", "greta", "I go on another way.")
    session.commit()
    after = {key: find_open(app, door, managed, key) for key in FROM_ABOVE}
    assert (managed.case.phase, before, after) == ("closed", *2 * [{key: [] for key in FROM_ABOVE}])


def test_one_that_ended_after_its_seal_stays_open_to_managers_above_and_the_executive(
    client: FlaskClient, session: Session, managed: Room, now: datetime
) -> None:
    managed.fire("seal", "hanna")
    managed.fire("withdraw", "greta", "I go on another way.")
    session.commit()
    door = Door(client, session, now, managed.scene.company.ids)
    found = [door.enter(key).get(f"/cases/{managed.case_id}").status_code for key in FROM_ABOVE]
    assert (managed.case.phase, found) == ("closed", [200, 200, 200])


def test_it_never_had_a_session(client: FlaskClient, session: Session, room: Room, now: datetime) -> None:
    room.fire("withdraw", "iris", "I go on another way.")
    session.commit()
    hanna = Door(client, session, now, room.scene.company.ids).enter("hanna")
    found = [hanna.get(f"/cases/{room.case_id}{path}").status_code for path in ("", "/session", "/session/live")]
    assert found == [200, 404, 404]


def test_one_that_ended_after_its_seal_stays_open_to_its_committee(
    client: FlaskClient, session: Session, room: Room, now: datetime
) -> None:
    room.fire("seal", "hanna")
    room.fire("withdraw", "iris", "I go on another way.")
    session.commit()
    mika = Door(client, session, now, room.scene.company.ids).enter("mika")
    found = [mika.get(f"/cases/{room.case_id}{path}").status_code for path in ("", "/session", "/session/live")]
    assert (room.case.phase, found) == ("closed", [200, 200, 200])


@pytest.mark.both_databases
def test_lists_know_of_it_as_little_as_its_own_pages(session: Session, room: Room, now: datetime) -> None:
    room.fire("withdraw", "iris", "I go on another way.")
    session.flush()
    sights = load_sights(session, [room.case], {room.case.cycle_id: {}}, room.actor("mika"))
    assert (sights[room.case_id].roles, sights[room.case_id].may_read("feedback.text")) == (frozenset(), False)


def test_who_works_on_a_case_is_the_committee_until_it_ends_without_seats() -> None:
    committee, seats = {1: "chair", 2: "member"}, {2: "chair"}
    found = {(phase, bool(held)): members_of(phase, committee, held) for phase in Phase for held in ({}, seats)}
    expected = {(phase, held): committee | seats if held else committee for phase in Phase for held in (False, True)}
    assert found == expected | {(Phase.CLOSED, False): {}}
