"""The record as a page: who sees which events, page by page."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Person
from review.queries.audit import PAGE_SIZE, list_events
from review.services import audit
from tests.after_decision import decided_room
from tests.committee_room import Room
from tests.factories import open_case_of
from tests.signed_in import Door, listed


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return decided_room(session, now)


def kinds(session: Session, room: Room, key: str, **more: object) -> set[tuple[str, str]]:
    rows = list_events(session, room.actor(key), **more).rows  # type: ignore[arg-type]
    return {(row.kind, row.case_code) for row in rows}


def test_hr_sees_what_happened_but_not_who_is_typing(session: Session, room: Room, now: datetime) -> None:
    audit.record(session, "rating.draft", actor=room.actor("greta"), now=now, case_id=room.case_id)
    assert ("case.decide_promote", "2026A-001") in kinds(session, room, "hanna")
    assert kinds(session, room, "hanna", kind="rating.") == set()
    assert kinds(session, room, "abel", kind="rating.") == {("rating.draft", "2026A-001")}


@pytest.mark.parametrize("tie", ["self", "below", "above"])
def test_hr_sees_no_event_of_a_case_they_are_close_to(session: Session, room: Room, now: datetime, tie: str) -> None:
    people = {key: session.get_one(Person, room.scene.id(key)) for key in ("hugo", "iris", "dario")}
    if tie == "self":
        people["hugo"].level_id, people["hugo"].level_since_on = "pm-2", people["iris"].level_since_on
        case = open_case_of(session, room.scene, "hugo", "senior-pm", now)
        assert case.code not in {code for _, code in kinds(session, room, "hugo", kind="case.")}
        assert case.code in {code for _, code in kinds(session, room, "abel", kind="case.")}
        return
    if tie == "below":
        people["dario"].manager_id = people["hugo"].id
    else:
        people["hugo"].manager_id = people["iris"].id
    session.flush()
    assert {code for _, code in kinds(session, room, "hugo")} == {""}
    assert {code for _, code in kinds(session, room, "abel")} == {"", "2026A-001"}


@pytest.mark.both_databases
def test_who_runs_the_installation_learns_no_case_and_no_decision(session: Session, room: Room) -> None:
    rows = list_events(session, room.actor("ines"), kind="case").rows
    assert {(row.kind, row.case_code, row.actor) for row in rows} == {("case", "", "")}
    guess = list_events(session, room.actor("ines"), kind="case.decide_promote").rows
    other = list_events(session, room.actor("ines"), kind="case.decide_not_yet").rows
    assert guess == other


def test_pages_follow_each_other_without_a_gap(session: Session, room: Room, now: datetime) -> None:
    for _ in range(PAGE_SIZE + 5):
        audit.record(session, "cycle.look", actor=room.actor("hanna"), now=now)
    first = list_events(session, room.actor("hanna"), kind="cycle.look")
    second = list_events(session, room.actor("hanna"), kind="cycle.look", before=first.next_before)
    assert (len(first.rows), len(second.rows), second.next_before) == (PAGE_SIZE, 5, None)
    assert [row.seq for row in (*first.rows, *second.rows)] == sorted(
        {row.seq for row in (*first.rows, *second.rows)}, reverse=True
    )


def test_a_filter_takes_its_signs_literally(session: Session, room: Room) -> None:
    assert kinds(session, room, "hanna", kind="case%") == set()


@pytest.mark.parametrize(
    ("key", "status"),
    [("hanna", 200), ("abel", 200), ("ines", 200), ("iris", 404), ("greta", 404), ("clara", 404), ("noor", 404)],
)
def test_who_opens_the_record(
    session: Session, room: Room, client: FlaskClient, now: datetime, key: str, status: int
) -> None:
    answer = Door(client, session, now, room.scene.company.ids).enter(key).get("/audit?kind=case.&before=x")
    assert answer.status_code == status
    if key == "hanna":
        assert listed(answer, "tbody tr")[0].endswith("case.decide_promote Clara Boateng 2026A-001")
