"""What a giver is shown before sending is what each reader finds, byte for byte, in every phase of a whole case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, Cycle, Employment, Feedback, FeedbackAnswer
from review.services.appeals import file_appeal
from review.services.feedback_sets import show_next_set
from tests.after_decision import make_ready, name_gap, release
from tests.committee_room import MEMBERS, Room, built_room
from tests.conftest import HouseClient
from tests.factories import open_scene
from tests.signed_in import Door

QUOTE = re.compile(r'<blockquote class="quote">.*?</blockquote>', re.DOTALL)
READERS = {
    "greta": "candidate",
    "dario": "manager",
    "hanna": "hr",
    "mika": "committee",
    "clara": "committee",
    "noor": "executive",
    "petra": "committee",  # an appeals panel would see the same
    "vera": None,  # skip-level
    "mats": None,  # was the manager until today
    "ravi": None,  # second rater
    "otto": None,
}
PEERS, REPORTS = ("erin", "dev", "lena"), ("ben", "cora", "finn")
HIDDEN = "dev"
WORDS = {
    "situation": "In **spring** <b>two</b> teams met",
    "done": "=SUM(A1) wrote line 3 \U0001f469\u200d\U0001f680",
    "effect": "שלום – signed",
    "link": "Annex B",
}
SWITCHES = {"summary": False, "verbatim": True}
"""What the candidate reads, and beside it whether the manager reads names."""
SEES = {
    "candidate": {"announced", "appeal", "closed"},  # where answers are read word for word
    "manager": {"collecting", "sealed", "voting", "revealed", "decided", "announced", "appeal", "closed"},
    "hr": {"collecting", "sealed", "voting", "revealed", "decided", "announced", "appeal", "closed"},
    "committee": {"sealed", "voting", "revealed", "decided", "announced", "appeal", "closed"},
    "executive": {"decided", "announced", "appeal", "closed"},
}
Quotes = dict[tuple[str, str, str], list[str]]


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a people manager's case, all answers in and shown, with everybody who might read them."""
    room = built_room(session, open_scene(session, now), now, key="greta", to_level="director-pm")
    case, scene = room.case, room.scene
    case.second_rater_id = scene.id("ravi")
    session.add(
        Employment(
            person_id=scene.id("greta"),
            manager_id=scene.id("mats"),
            title="Group PM",
            function="Product",
            from_on=date(2024, 1, 1),
            until_on=now.date(),
        )
    )
    for row in session.scalars(sa.select(Feedback)):
        row.is_hidden_from_manager = row.giver_id == scene.id(HIDDEN)
        own = {**WORDS, "situation": f"{WORDS['situation']}, {row.id}"}
        session.execute(sa.update(FeedbackAnswer).where(FeedbackAnswer.feedback_id == row.id).values(**own))
    show_next_set(session, case, actor=room.actor("hanna"), now=now)
    session.commit()
    return room


def phases(room: Room) -> Iterator[str]:
    """Lead the case through all its phases by real moves; stop in each."""
    yield "collecting"
    room.fire("seal", "hanna")
    room.render()
    room.read(*MEMBERS)
    yield "sealed"
    room.fire("open_voting", "clara")
    room.be_present(*MEMBERS)
    yield "voting"
    for key in MEMBERS:
        room.vote(key, "not_yet")
    room.fire("reveal_votes", "clara")
    yield "revealed"
    name_gap(room)
    room.fire("decide_not_yet", "clara", rationale="Two criteria are shown in E1.")
    yield "decided"
    make_ready(room)
    release(room)
    yield "announced"
    why = "E3 was not opened by anybody."
    file_appeal(room.session, room.case_id, "evidence", why, actor=room.actor("greta"), now=room.now)
    yield "appeal"
    room.fire("dismiss_appeal", "petra", "E3 is on page 4.")
    room.session.execute(sa.update(Case).where(Case.id == room.case_id).values(phase="closed"))
    yield "closed"


def switch(room: Room, words: str) -> None:
    cycle = room.session.get_one(Cycle, room.scene.cycle_id)
    anonymity = {"candidate_sees_feedback": words, "manager_sees_authors": SWITCHES[words]}
    cycle.policy = {**cycle.policy, "anonymity": {**cycle.policy["anonymity"], **anonymity}}


def sign_in(app: Flask, session: Session, now: datetime, room: Room, key: str) -> FlaskClient:
    client = app.test_client()
    assert isinstance(client, HouseClient)
    client.setup_session = session
    return Door(client, session, now, room.scene.company.ids).enter(key)


def load_previews(room: Room, enter: Callable[[str], FlaskClient]) -> Quotes:
    """Return what each giver is shown before sending, by giver, switch and reader."""
    found: Quotes = {}
    for key in (*PEERS, *REPORTS):
        row = room.session.scalars(sa.select(Feedback).where(Feedback.giver_id == room.scene.id(key))).one()
        number, row.state = row.id, "writing"
        for words in SWITCHES:
            switch(room, words)
            page = enter(key).get(f"/cases/{room.case_id}/feedback/{number}/check").get_data(as_text=True)
            for part in page.split('aria-labelledby="r-')[1:]:
                found[key, words, part[: part.index('"')]] = QUOTE.findall(part)
        row.state = "submitted"
    room.session.commit()
    return found


def read(room: Room, enter: Callable[[str], FlaskClient], key: str) -> list[str]:
    return sorted(QUOTE.findall(enter(key).get(f"/cases/{room.case_id}/feedback").get_data(as_text=True)))


def hear_two_reports(room: Room, *, again: bool) -> None:
    """Leave out the answer of one direct report as if it had never come, or bring it back."""
    state = {False: "expired", True: "frozen" if room.case.state != "collecting" else "submitted"}[again]
    ids = [room.scene.id(key) for key in REPORTS]
    of_reports = sa.update(Feedback).where(Feedback.giver_id.in_(ids))
    room.session.execute(of_reports.values(shown_in=1 if again else None))
    room.session.execute(sa.update(Feedback).where(Feedback.giver_id == ids[-1]).values(state=state))
    room.session.commit()
    room.session.expire_all()


def test_each_reader_finds_what_each_giver_was_shown_and_nothing_else(
    app: Flask, session: Session, now: datetime, room: Room
) -> None:
    clients = {key: sign_in(app, session, now, room, key) for key in {*READERS, *PEERS, *REPORTS}}
    enter = clients.__getitem__
    shown = load_previews(room, enter)
    assert {
        len(quotes) for (_, words, reader), quotes in shown.items() if (words, reader) != ("summary", "candidate")
    } == {4}
    assert [shown[key, "summary", "candidate"] for key in (*PEERS, *REPORTS)] == [[]] * 6
    named = {
        (key, words)
        for (key, words, reader), quotes in shown.items()
        if reader == "manager" and key.title() in quotes[0]
    }
    assert named == {("erin", "verbatim"), ("lena", "verbatim")}

    def expect(phase: str, words: str, key: str, givers: tuple[str, ...]) -> list[str]:
        reader = READERS[key]
        is_due = reader is not None and phase in SEES[reader] and (key != "petra" or phase == "appeal")
        return sorted(quote for giver in givers for quote in shown[giver, words, str(reader)]) if is_due else []

    passed = []
    for phase in phases(room):
        passed.append(phase)
        for words in SWITCHES:
            switch(room, words)
            found = {key: read(room, enter, key) for key in READERS}
            assert found == {key: expect(phase, words, key, PEERS + REPORTS) for key in READERS}, (phase, words)
        hear_two_reports(room, again=False)
        found = {key: read(room, enter, key) for key in READERS}
        assert found == {key: expect(phase, "verbatim", key, PEERS) for key in READERS}, (phase, "two reports")
        hear_two_reports(room, again=True)
    assert passed == ["collecting", "sealed", "voting", "revealed", "decided", "announced", "appeal", "closed"]
