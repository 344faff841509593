"""The embargo: before a decision is announced, those who are told with the candidate see no trace of it anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, Rule

from review import create_app
from review.extensions import db, make_engine
from review.models import Case
from review.queries.standing import load_standing
from tests.after_decision import decide, decided_room, make_ready
from tests.committee_room import MEMBERS, Room, built_room, sealed_room
from tests.conftest import HouseClient, make_settings
from tests.factories import open_scene
from tests.signed_in import Door, words

READERS = ("iris", "greta", "dario", "erin")
"""The candidate, the manager, the manager's manager, a giver."""


@pytest.fixture
def twins(tmp_path: Path, sqlite_template: Path, now: datetime) -> Iterator[dict[str, tuple[Flask, Room]]]:
    worlds: dict[str, tuple[Flask, Room]] = {}
    engines = []
    for action in ("decide_promote", "decide_not_yet"):
        folder = tmp_path / action
        folder.mkdir()
        (folder / "test.db").write_bytes(sqlite_template.read_bytes())
        settings = make_settings(f"sqlite:///{folder / 'test.db'}", folder)
        engines.append(make_engine(settings))
        session = Session(engines[-1])
        room = built_room(session, open_scene(session, now), now)
        session.execute(sa.update(Case).values(shuffle_seed=1))
        room.fire("seal", "hanna")
        decide(room, action)
        (settings.files_dir / "packet.pdf").write_bytes(b"%PDF-1.7 the same in both worlds")
        app = create_app(settings)
        app.extensions["clock"] = lambda: now + timedelta(days=1)
        app.test_client_class = HouseClient
        worlds[action] = (app, room)
    yield worlds
    for app, room in worlds.values():
        room.session.close()
        with app.app_context():
            db.engine.dispose()
    for engine in engines:
        engine.dispose()


def test_before_the_announcement_two_decisions_look_the_same(
    twins: dict[str, tuple[Flask, Room]], now: datetime
) -> None:
    promote, not_yet = _read_all(twins, now)
    assert {place for place in promote if promote[place] != not_yet[place]} == set()
    assert not [place for place, (_, page) in promote.items() if "Zebra" in page]
    assert sum(status == 200 for status, _ in promote.values()) > 40


def test_who_withdraws_before_the_announcement_never_learns_what_was_decided(
    twins: dict[str, tuple[Flask, Room]], now: datetime
) -> None:
    """Nor do the managers: what waits for the announcement waits for good; the plan is nobody's either."""
    for _, room in twins.values():
        make_ready(room)
        room.fire("withdraw", "iris")
        room.session.commit()
    promote, not_yet = _read_all(twins, now)
    assert {place for place in promote if promote[place] != not_yet[place]} == set()
    assert not [place for place, (_, page) in promote.items() if "Zebra" in page or "Read the letter" in page]
    case = f"/cases/{twins['decide_promote'][1].case_id}"
    told = {path: [promote[key, case + path][0] for key in READERS[:3]] for path in ("", "/decision", "/growth-plan")}
    assert told == {"": [200] * 3, "/decision": [404] * 3, "/growth-plan": [404] * 3}


def _read_all(twins: dict[str, tuple[Flask, Room]], now: datetime) -> list[dict[tuple[str, str], tuple[int, str]]]:
    """Return what each reader gets at each address: where it was decided to promote, and where not."""
    seen = []
    for app, room in twins.values():
        client = app.test_client()
        assert isinstance(client, HouseClient)
        door = Door(client, room.session, now + timedelta(days=1), room.scene.company.ids)
        found = {}
        for key in READERS:
            door.enter(key)
            for url in _addresses(app, room):
                with client.get(url) as answer:
                    found[key, url] = (answer.status_code, _without_keys(answer.get_data(as_text=True)))
        seen.append(found)
    return seen


def _addresses(app: Flask, room: Room) -> list[str]:
    """Return every address that can be read, with the numbers of this case."""
    numbers: dict[str, Any] = {
        "case_id": room.case_id,
        "cycle_id": room.scene.cycle_id,
        "committee_id": room.scene.committee_id,
        "person_id": room.scene.id("iris"),
        "criterion_id": "leadership",
        "path": "rating",
        "filename": "icon.svg",
        "what": "sent",
        "on": "2026-11-16",
    }
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            values: Any = {name: numbers.get(name, _first_of(rule, name)) for name in rule.arguments}
            with app.test_request_context():
                found.append(app.url_for(rule.endpoint, **values).removeprefix("http://localhost"))
    return sorted(found)


def _first_of(rule: Rule, name: str) -> str | int:
    """Return the first word of a part of an address that is one of a few, or the number of a first row."""
    converter = rule._converters.get(name)
    return min(converter.items) if isinstance(converter, AnyConverter) else 1


def _without_keys(page: str) -> str:
    """Return a page without what is new in each rendering: form tokens and request keys."""
    return re.sub(r'name="(csrf_token|request_key)" value="[^"]*"', "", page)


def test_a_second_vote_does_not_show_either(session: Session, now: datetime, client: FlaskClient) -> None:
    room = sealed_room(session, now)
    room.reveal()
    door = Door(client, session, now, room.scene.company.ids)
    places = [("iris", "/"), ("greta", "/"), ("greta", "/team")]
    places += [(key, f"/cases/{room.case_id}") for key in ("iris", "greta", "dario")]
    once = {place: words(door.enter(place[0]).get(place[1])) for place in places}
    assert [place for place, page in once.items() if "Committee discusses" not in page] == []
    room.now = now + timedelta(days=2)
    room.fire("vote_again", "clara", note="Leadership was read in two ways.")
    assert {place: words(door.enter(place[0]).get(place[1])) for place in places} == once
    room.be_present(*MEMBERS)
    for key in MEMBERS:
        room.vote(key)
    room.fire("reveal_votes", "clara")
    assert {place: words(door.enter(place[0]).get(place[1])) for place in places} == once
    room.decide()
    assert {place: words(door.enter(place[0]).get(place[1])) for place in places} == once
    assert "Independent votes (done)" in once["iris", f"/cases/{room.case_id}"]


def test_a_sign_off_does_not_show_either(session: Session, now: datetime, client: FlaskClient) -> None:
    room = sealed_room(session, now, key="greta", to_level="director-pm")
    room.reveal()
    door = Door(client, session, now, room.scene.company.ids)
    room.decide()
    assert room.case.state == "signoff"
    after = {key: words(door.enter(key).get(f"/cases/{room.case_id}")) for key in ("greta", "dario")}
    room.fire("sign_off", "noor")
    signed = {key: words(door.enter(key).get(f"/cases/{room.case_id}")) for key in ("greta", "dario")}
    assert after == signed
    assert all("Committee discusses" in each for each in after.values())
    assert not any("sign-off" in each.lower() for each in after.values())


def test_who_withdraws_reads_neither_ratings_nor_the_summary(session: Session, now: datetime) -> None:
    """As little as before; the manager keeps what they rated themselves."""
    room = decided_room(session, now, "decide_not_yet")
    things = ("decision.outcome", "decision.rationale", "feedback.summary", "rating.final", "growth_plan")

    def read(key: str) -> list[str]:
        standing = load_standing(session, room.case_id, room.actor(key), now=now)
        return [thing for thing in things if standing.may_read(thing)]

    before = {key: read(key) for key in (*READERS[:3], "clara", "mika")}
    room.fire("withdraw", "iris")
    after = {key: read(key) for key in (*READERS[:3], "clara", "mika")}
    assert before == after
    assert (after["iris"], after["greta"]) == ([], ["rating.final"])
