"""The pages of the decision: gaps, check, record; and who reads what of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Decision, Gap
from tests.committee_room import Room, sealed_room
from tests.factories import Scene
from tests.signed_in import words

Enter = Callable[[str], FlaskClient]
GAP = {"sentence": "leadership/", "seen": "E3.", "missing": "A second.", "review_on": "2027-06-01", "activity": ""}


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    room = sealed_room(session, now)
    room.reveal({"clara": "promote", "omar": "promote", "mika": "not_yet", "aya": "promote"})
    session.commit()
    return room


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def url(room: Room, more: str = "") -> str:
    return f"/cases/{room.case_id}/decision{more}"


def test_a_decision_is_checked_then_recorded_once(room: Room, enter: Enter) -> None:
    client = enter("clara")
    assert "What does the committee decide?" in words(client.get(url(room)))
    fields = {"action": "decide_promote", "rationale": "Shown in E1.\nAnd E2.", "request_key": "d"}
    asked = client.post(url(room), data=fields)
    assert asked.status_code == 200
    assert "Promote: is that what the committee decides?" in words(asked)
    assert room.session.scalars(sa.select(Decision)).all() == []
    back = client.post(url(room), data={**fields, "back": "yes"})
    assert "Shown in E1." in back.get_data(as_text=True)
    for _ in range(2):
        done = client.post(url(room), data={**fields, "confirmed": "yes"})
    room.session.expire_all()
    row = room.session.scalars(sa.select(Decision)).one()
    assert (row.outcome, row.rationale) == ("promote", "Shown in E1.\nAnd E2.")
    assert (done.status_code, done.location) == (303, url(room))
    page = words(client.get(url(room)))
    assert "Dissent mika says not_yet. Mika Saar, Not yet" in page
    assert "What does the committee decide?" not in page


def test_a_deferral_carries_its_reasons_as_the_note(room: Room, enter: Enter) -> None:
    fields = {"action": "decide_defer", "rationale": "Too early.", "confirmed": "yes"}
    assert enter("clara").post(url(room), data=fields).status_code == 303
    room.session.expire_all()
    assert room.case.state == "decided"


def test_what_is_missing_stands_beside_the_field(room: Room, enter: Enter) -> None:
    client = enter("clara")
    empty = client.post(url(room), data={})
    page = BeautifulSoup(empty.get_data(as_text=True), "html.parser")
    assert empty.status_code == 422
    assert [link["href"] for link in page.select("[data-errors] a")] == ["#action", "#rationale"]
    early = client.post(url(room), data={"action": "decide_not_yet", "rationale": "x", "confirmed": "yes"})
    assert early.status_code == 409
    assert "Name at least one gap" in words(early)


def test_gaps_are_named_and_taken_out(room: Room, enter: Enter) -> None:
    client = enter("clara")
    faulty = client.post(url(room, "/gaps"), data={**GAP, "missing": "", "review_on": "2020-01-01"})
    page = BeautifulSoup(faulty.get_data(as_text=True), "html.parser")
    assert faulty.status_code == 422
    assert [link["href"] for link in page.select("[data-errors] a")] == ["#missing", "#review_on"]
    assert client.post(url(room, "/gaps"), data=GAP).status_code == 303
    gap = room.session.scalars(sa.select(Gap)).one()
    assert (gap.criterion_id, gap.missing, gap.activity) == ("leadership", "A second.", "")
    shown = words(client.get(url(room)))
    assert "Leadership New The ladder asks:" in shown
    assert gap.sentence in shown
    assert client.post(url(room, f"/gaps/{gap.id}/remove")).status_code == 303
    assert client.post(url(room, f"/gaps/{gap.id}/remove")).status_code == 404
    assert "None named." in words(client.get(url(room)))


def test_an_invented_sentence_is_no_gap(room: Room, enter: Enter) -> None:
    refused = enter("clara").post(url(room, "/gaps"), data={**GAP, "sentence": "leadership/be-nicer"})
    assert refused.status_code == 422
    assert "Choose a sentence of the ladder" in words(refused)


@pytest.mark.parametrize("key", ["mika", "hanna", "greta", "iris", "erin", "otto"])
def test_before_it_is_decided_the_page_is_the_chairs(room: Room, enter: Enter, key: str) -> None:
    client = enter(key)
    gone = client.get("/cases/999/decision").data
    answer = client.get(url(room))
    assert (answer.status_code, answer.data) == (404, gone)
    assert client.post(url(room, "/gaps"), data=GAP).status_code == 404
    fields = {"action": "decide_promote", "rationale": "x", "confirmed": "yes"}
    assert client.post(url(room), data=fields).status_code == 404
    room.session.expire_all()
    assert room.session.scalars(sa.select(Decision)).all() == []


def test_nobody_outside_hears_who_voted_how(room: Room, enter: Enter) -> None:
    room.decide()
    seen = {}
    for key in ("clara", "mika", "hanna", "greta", "dario", "iris", "erin", "otto"):
        answer = enter(key).get(url(room))
        page = words(answer) if answer.status_code == 200 else ""
        seen[key] = (answer.status_code, "Mika Saar" in page, "All four criteria are shown" in page)
    assert seen == {
        "clara": (200, True, True),
        "mika": (200, True, True),
        "hanna": (200, True, True),
        "greta": (404, False, False),
        "dario": (404, False, False),
        "iris": (404, False, False),
        "erin": (404, False, False),
        "otto": (404, False, False),
    }
