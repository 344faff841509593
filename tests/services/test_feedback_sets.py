"""Who reads without names: sets of answers, mutual ones together, counts that tell nobody who has finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from review.domain.errors import TransitionRefused
from review.domain.phase import Phase
from review.models import AuditEvent, Cycle, Seat
from review.queries.asking import load_ask_page
from review.queries.feedback import FeedbackRow, may_read_answers, read_feedback
from review.queries.giving import load_give_page
from review.queries.packets import find_packet, read_view
from review.queries.worklist import load_home
from review.services.packets import note_opened
from tests.factories import open_scene
from tests.feedback_room import GIVERS, FeedbackRoom, open_room
from tests.trail import detail_of


@pytest.fixture
def room(session: Session, now: datetime) -> FeedbackRoom:
    return open_room(session, open_scene(session, now), now)


# ---- two who write about each other


@pytest.mark.both_databases
def test_both_sides_of_a_mutual_pair_are_read_at_once(room):
    room.ask("cora", "erin")
    room.ask("ben", about="cora")
    room.answer("cora", "erin")
    assert room.heard("hanna") == ["erin"]
    assert [row.anchor for row in room.read("hanna")] == ["F1"]
    room.answer("ben", about="cora")
    assert (room.heard("hanna"), room.heard("hanna", "cora")) == (["cora", "erin"], ["ben"])
    room.take_back("ben", about="cora")
    assert (room.heard("hanna"), room.heard("hanna", "cora")) == (["erin"], [])


Ends = dict[str, Callable[[FeedbackRoom], None]]
ENDS: Ends = {
    "expired": lambda room: room.let_go("ben", "expire", about="cora"),
    "cancelled": lambda room: room.let_go("ben", "cancel", about="cora"),
    "declined": lambda room: room.say_no("ben", about="cora"),
    "case withdrawn": lambda room: room.fire("withdraw", "cora", about="cora"),
    "case over, the request left open": lambda room: setattr(room.case("cora"), "phase", "closed"),
    "feedback closed": lambda room: (
        room.ask(*GIVERS[:3], about="cora"),
        room.answer(*GIVERS[:3], about="cora"),
        room.fire("close_feedback", about="cora"),
    )[0],
    "own packet sealed": lambda room: (
        room.ask(*GIVERS[1:3]),
        room.answer(*GIVERS[1:3]),
        room.fire("close_feedback"),
        room.fire("seal"),
    )[0],
}


@pytest.mark.parametrize("end", ENDS)
def test_a_mutual_answer_waits_no_more_when_the_other_cannot_come(room, end):
    room.ask("cora", "erin")
    room.ask("ben", about="cora")
    room.answer("cora", "erin")
    assert "cora" not in room.heard("hanna")
    ENDS[end](room)
    assert "cora" in room.heard("hanna")


def test_who_was_never_asked_or_was_asked_in_another_case_holds_nothing_up(room):
    room.ask("cora", "erin")
    room.ask("erin", about="cora")
    room.answer("cora")
    assert room.heard("hanna") == ["cora"]


def test_what_waits_is_absent_for_manager_and_candidate_and_counts_for_hr(room, session, now):
    room.ask("cora", "erin", "dev")
    room.ask("ben", about="cora")
    room.answer("cora", "erin", "dev")
    pages = {key: load_ask_page(session, room.standing(key), words="", now=now) for key in ("ben", "greta", "hanna")}
    assert {key: page.count for key, page in pages.items()} == {"ben": None, "greta": None, "hanna": 3}
    assert load_home(session, room.scene.actor("greta"), now=now).todo == ()
    with pytest.raises(TransitionRefused, match="Fewer than 3 answers are in"):
        room.fire("close_feedback", "greta")
    room.fire("close_feedback", "hanna")
    assert (room.heard("greta"), may_read_answers(room.standing("greta"))) == ([], True)
    room.fire("seal", "greta")
    assert room.heard("greta") == ["cora", "dev", "erin"]


# ---- one set, then another


def test_one_more_answer_after_a_close_is_not_told_from_the_others(room, session):
    room.ask(*GIVERS, by="greta")
    room.answer(*GIVERS[:3])
    room.fire("close_feedback", "greta")
    first = room.read("greta")
    assert [row.anchor for row in first] == ["F1", "F2", "F3"]
    room.fire("reopen_feedback", "greta")
    assert room.read("greta") == first
    room.answer("sam")
    assert room.read("greta") == first
    room.fire("close_feedback", "greta")
    assert room.read("greta") == first
    assert [(row.anchor, str(row.signed)) for row in room.read("hanna")][3:] == [("F4", "Sam Tran, Sales")]
    room.fire("seal")
    assert room.read("greta") == first
    assert len(room.read("hanna")) == 4
    packet = find_packet(session, room.ids["ben"])
    held = {key: read_view(packet, room.standing(key)).feedback for key in ("greta", "hanna", "clara")}
    assert {key: len(each) for key, each in held.items()} == {"greta": 3, "hanna": 4, "clara": 4}
    shown = session.query(AuditEvent).where(AuditEvent.kind == "feedback.show").all()
    assert [detail_of(session, event) for event in shown] == [{"set": 1, "answers": 3}]


def test_three_more_answers_are_a_set_of_their_own(room):
    room.ask(*GIVERS, "cora")
    room.answer(*GIVERS[:3])
    room.fire("close_feedback")
    first = room.read("greta")
    room.answer("sam", "otto")
    assert room.read("greta") == first
    room.answer("cora")
    assert room.read("greta")[:3] == first
    assert [row.anchor for row in room.read("greta")][3:] == ["F4", "F5", "F6"]


def test_an_answer_taken_back_takes_its_set_along_until_it_is_sent_again(room):
    room.ask(*GIVERS)
    room.answer(*GIVERS[:4])
    room.fire("close_feedback")
    first = room.read("greta")
    room.take_back("dev")
    assert (len(first), room.read("greta"), len(room.read("hanna"))) == (4, (), 3)
    room.answer("dev")
    assert room.read("greta") == first


# ---- what is counted


def test_the_manager_is_told_neither_a_count_nor_a_function_nor_a_hidden_giver(room, session, now):
    room.ask("erin", "dev", by="greta")
    room.ask("lena", hidden=True)

    def told(key: str) -> tuple[bool, list[str]]:
        options = {option.id: option for option in room.standing(key).options()}
        found = options["close_feedback"]
        return (found.is_allowed, [str(reason.text) for reason in found.conditions])

    few = (False, ["Fewer than 3 answers are in", "Not enough functions are heard yet"])
    assert told("greta") == few
    room.answer("erin")
    assert told("greta") == few
    assert told("hanna") == (
        False,
        ["1 answer is in; 3 are needed", "1 function is heard; 2 are needed; nobody yet from: Design, Data"],
    )
    room.answer("dev", "lena")
    assert told("greta") == (False, ["Fewer than 3 answers are in", "Enough functions are heard"])
    assert told("hanna") == (True, ["3 answers are in; 3 are needed", "Heard from: Data, Design, Engineering"])
    page = load_ask_page(session, room.standing("greta"), words="", now=now)
    assert (page.count, page.is_exact, page.balance) == (None, False, None)
    tasks = {
        key: [str(row.verb) for row in load_home(session, room.scene.actor(key), now=now).todo] for key in ("greta",)
    }
    assert tasks == {"greta": []}
    room.ask("sam", by="greta")
    room.answer("sam")
    assert told("greta") == (True, ["At least 3 answers are in", "Enough functions are heard"])
    assert [str(row.verb) for row in load_home(session, room.scene.actor("greta"), now=now).todo] == ["Close feedback"]


# ---- opened first


def test_a_member_opens_the_packet_before_reading_feedback(room, session, now):
    room.ask(*GIVERS[:3])
    room.answer(*GIVERS[:3])
    room.fire("close_feedback")
    room.fire("seal")
    assert session.query(Seat).where(Seat.person_id == room.scene.id("clara")).one().opened_at is None
    assert (room.read("clara"), may_read_answers(room.standing("clara"))) == ((), False)
    note_opened(session, room.ids["ben"], actor=room.scene.actor("clara"), now=now)
    assert room.heard("clara") == ["dev", "erin", "lena"]


# ---- whatever happens


MOVES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["answer", "take_back", "say_no"]), st.sampled_from([*GIVERS, "cora"])),
        st.tuples(st.sampled_from(["mirror", "no_mirror", "close_feedback", "reopen_feedback"]), st.just("")),
    ),
    min_size=6,
    max_size=16,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(st.sampled_from([*GIVERS, "cora"]), unique=True, min_size=3), moves=MOVES)
def test_no_order_of_moves_lets_two_looks_differ_by_a_few(room, session, now, before, moves):
    cycle = session.get_one(Cycle, room.scene.cycle_id)
    cycle.policy = {**cycle.policy, "anonymity": {**cycle.policy["anonymity"], "candidate_sees_feedback": "verbatim"}}
    room.ask(*GIVERS, "cora")
    room.ask("ben", about="cora")
    looks: list[frozenset[str]] = [frozenset()]
    for name, giver in [*(("answer", each) for each in before), ("close_feedback", ""), *moves]:
        play(room, name, giver)
        looks.append(frozenset(room.heard("greta")))
        check_previews(room, now)
    play(room, "close_feedback", "")
    play(room, "seal", "")
    looks.append(frozenset(room.heard("greta")))
    assert {len(one ^ other) for one, other in pairwise(looks)} <= {0, *range(3, 20)}
    if room.case().phase == Phase.SEALED:
        told = {key: replace(room.standing(key), phase=Phase.ANNOUNCED) for key in ("ben", "greta")}
        first, second = (as_words(read_feedback(session, each)) for each in told.values())
        assert first == second
    session.rollback()
    session.expire_all()


def play(room: FeedbackRoom, name: str, giver: str) -> None:
    """Make a move; what the workflow refuses at this point is left out."""
    try:
        if name == "mirror":
            room.answer("ben", about="cora")
        elif name == "no_mirror":
            room.say_no("ben", about="cora")
        elif giver:
            getattr(room, name)(giver)
        else:
            room.fire(name)
    except TransitionRefused:
        return


def as_words(rows: tuple[FeedbackRow, ...]) -> list[tuple[str, str]]:
    return [(row.answers[0].done, str(row.signed)) for row in rows]


def check_previews(room: FeedbackRoom, now: datetime) -> None:
    """What the manager and HR read is, answer by answer, what its giver is shown."""
    for reader, key in (("manager", "greta"), ("hr", "hanna")):
        for row in room.read(key):
            giver = row.answers[0].done.split()[0]
            page = load_give_page(room.session, room.standing(giver), row.id, now=now)
            assert (row.answers[0].done, row.signed) == (page.questions[0].answer.done, page.signed[reader])
