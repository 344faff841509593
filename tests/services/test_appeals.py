"""Appeals: once, on a listed ground, answered by people who did not sit on the case; the answer is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import Appeal, Case, CaseNote, CommitteeMember, Decision, DiscussionNote
from review.queries.appeals import load_appeal_page
from review.queries.case_page import load_case_page
from review.queries.invariants import find_violations
from review.queries.session_report import load_session_report
from review.queries.sessions import list_out, load_session_page
from review.queries.standing import load_standing
from review.services.appeals import file_appeal
from review.services.conflicts import declare_conflict
from review.services.transitions import fire
from review.services.votes import add_note
from tests.after_decision import (
    announced_room,
    another_decided,
    appeal_granted,
    conclude,
    decide,
    decided_anew_room,
    decided_room,
    make_ready,
    release,
    vote_anew,
)
from tests.committee_room import built_room, sealed_room, second_committee
from tests.factories import open_scene

HOUR = timedelta(hours=1)
WHY = "E3 was not in the packet that was read."


@pytest.fixture
def room(session, now):
    return announced_room(session, now)


def file(room, key="iris", ground="evidence", body=WHY, request_key=None):
    actor = room.actor(key)
    return file_appeal(room.session, room.case_id, ground, body, actor=actor, now=room.now, request_key=request_key)


def appeals(room):
    rows = room.session.scalars(sa.select(Appeal).execution_options(populate_existing=True))
    return [(row.ground, row.body, row.result, row.reason, row.decided_by_id) for row in rows]


def page(room, key):
    try:
        standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    except NotFound:
        return None
    return load_appeal_page(room.session, standing)


def test_an_appeal_is_kept_and_the_case_goes_to_the_panel(session, room):
    file(room)
    assert (room.case.state, appeals(room)) == ("appeal", [("evidence", WHY, None, "", None)])


def test_a_dismissed_appeal_leads_to_the_growth_plan_and_a_second_is_not_possible(session, room):
    file(room)
    fire(session, room.case_id, "dismiss_appeal", actor=room.actor("petra"), now=room.now, note="E3 is on page 4.")
    petra = room.scene.id("petra")
    assert appeals(room) == [("evidence", WHY, "dismissed", "E3 is on page 4.", petra)]
    assert room.case.state == "growth_plan"
    with pytest.raises(TransitionRefused):
        file(room)
    assert len(appeals(room)) == 1


def test_a_granted_appeal_goes_to_a_fresh_committee_and_sets_the_decision_aside(session, room):
    second_committee(session, room.scene, "pavel", "ravi", "sam", "tomas", "otto")
    file(room)
    fire(session, room.case_id, "grant_appeal", actor=room.actor("petra"), now=room.now, note="Read E3.")
    assert [row[2:4] for row in appeals(room)] == [("granted", "Read E3.")]
    assert room.case.state == "reading"
    assert session.scalars(sa.select(Decision.replaced_at)).all() == [room.now]


def test_after_a_granted_appeal_the_first_release_and_letter_count_for_nothing(session, room):
    second_committee(session, room.scene, "pavel", "ravi", "sam", "tomas", "otto")
    file(room)
    fire(session, room.case_id, "grant_appeal", actor=room.actor("petra"), now=room.now, note="Read E3.")
    standing = load_standing(session, room.case_id, room.actor("hanna"), now=room.now)
    assert (standing.facts.is_letter_ready, standing.facts.is_approved_by_second_person) == (False, False)
    assert find_violations(session) == []
    anew = {"outcome": "promote", "recorded_by_id": room.scene.id("clara"), "recorded_at": room.now}
    session.add(Decision(case_id=room.case_id, **anew))  # in the very moment in which the first was released
    session.flush()
    assert not load_standing(
        session, room.case_id, room.actor("hanna"), now=room.now
    ).facts.is_approved_by_second_person


def test_the_candidate_knows_of_the_vote_of_each_committee(session, now):
    room = decided_anew_room(session, now)
    standing = load_standing(session, room.case_id, room.actor("iris"), now=room.now)
    log = load_case_page(session, standing, now=room.now).log
    assert [str(line.words) for line in log].count("Reveal votes") == 2


def test_a_fresh_committee_has_none_of_what_the_first_one_said(session, now):
    room = decided_room(session, now, "decide_not_yet")
    for author in ("clara", "hanna"):
        session.add(DiscussionNote(case_id=room.case_id, author_id=room.scene.id(author), body=author, created_at=now))
        move = {"action": "vote_again", "phase": "revealed", "body": f"again, {author}", "at": now - HOUR}
        session.add(CaseNote(case_id=room.case_id, author_id=room.scene.id(author), **move))
    make_ready(room)
    release(room)
    appeal_granted(room)
    vote_anew(room)
    add_note(session, room.case_id, "pavel", actor=room.actor("pavel"), now=now)
    notes, on_case = {}, {}
    for key in ("pavel", "sam", "hanna"):
        standing = load_standing(session, room.case_id, room.actor(key), now=now)
        notes[key] = sorted(note.body for note in load_session_page(session, standing).notes)
        told = [note.body for note in load_case_page(session, standing, now=now).notes]
        on_case[key] = [body for body in told if body.startswith("again")]
    anew = ["again, hanna", "hanna", "pavel"]
    assert notes == {"pavel": anew, "sam": anew, "hanna": sorted(["again, clara", "clara", *anew])}
    assert on_case == {"pavel": [], "sam": [], "hanna": ["again, clara", "again, hanna"]}


def test_a_fresh_committee_does_not_hear_who_was_out_of_the_case_before_it(session, now):
    """Nor what they had said before they left; who is out of its own ranks it knows, and HR knows all."""
    room = sealed_room(session, now)
    room.reveal()
    told = {"case_id": room.case_id, "author_id": room.scene.id("mika"), "body": "mika", "created_at": now}
    session.add(DiscussionNote(**told))
    declare_conflict(session, room.case_id, "dispute", "A dispute.", actor=room.actor("mika"), now=now)
    conclude(room, "decide_not_yet")
    make_ready(room)
    release(room)
    appeal_granted(room)
    vote_anew(room)
    declare_conflict(session, room.case_id, "other", "A cousin.", actor=room.actor("sam"), now=now + HOUR)
    room.fire("decide_promote", "pavel", rationale="Read again, and it is there.")
    out, notes = {}, {}
    for key in ("pavel", "ravi", "hanna"):
        standing = load_standing(session, room.case_id, room.actor(key), now=now)
        out[key] = list_out(session, standing)
        notes[key] = [note.body for note in load_session_page(session, standing).notes]
    assert out == {"pavel": ("Sam Tran",), "ravi": None, "hanna": ("Mika Saar", "Sam Tran")}
    assert notes == {"pavel": [], "ravi": [], "hanna": ["mika"]}
    fresh = session.get_one(Case, room.case_id).committee_id
    (line,) = load_session_report(session, fresh, room.actor("pavel")).cases
    assert line.out == ("Sam Tran",)


def test_the_answer_is_for_those_who_read_the_appeal(session, room):
    file(room)
    fire(session, room.case_id, "dismiss_appeal", actor=room.actor("petra"), now=room.now, note="E3 is on page 4.")
    notes = {}
    for key in ("iris", "clara", "hanna", "mika", "greta", "dario"):
        standing = load_standing(session, room.case_id, room.actor(key), now=room.now)
        notes[key] = [note.body for note in load_case_page(session, standing, now=room.now).notes]
    assert [key for key, bodies in notes.items() if "E3 is on page 4." in bodies] == ["iris", "clara", "hanna"]


@pytest.mark.parametrize("key", ["clara", "mika", "hanna", "greta", "noor"])
def test_nobody_but_the_panel_answers(session, room, key):
    file(room)
    with pytest.raises((NotAllowed, NotFound)):
        fire(session, room.case_id, "dismiss_appeal", actor=room.actor(key), now=room.now, note="No.")


def test_an_answer_needs_its_reason(session, room):
    file(room)
    with pytest.raises(Invalid):
        fire(session, room.case_id, "dismiss_appeal", actor=room.actor("petra"), now=room.now)
    assert [row[2] for row in appeals(room)] == [None]


@pytest.mark.parametrize("key", ["greta", "hanna", "clara", "petra", "otto"])
def test_nobody_else_appeals_for_the_candidate(session, room, key):
    with pytest.raises(NotFound):
        file(room, key)
    assert appeals(room) == []


def test_there_is_nothing_to_appeal_against_before_the_decision_is_told(session, now):
    room = decided_room(session, now)
    with pytest.raises(NotFound):
        file(room)
    assert appeals(room) == []


def test_the_panel_files_no_appeal_of_its_own(session, room):
    file(room)
    with pytest.raises(NotFound):
        file(room, "petra")
    assert len(appeals(room)) == 1


def test_an_answer_is_to_the_appeal_of_its_case_alone(session, room):
    ben = another_decided(room, "ben", "senior-pm", "decide_not_yet")
    make_ready(ben)
    release(ben)
    for each, key in ((room, "iris"), (ben, "ben")):
        file(each, key)
    fire(session, room.case_id, "dismiss_appeal", actor=room.actor("petra"), now=room.now, note="E3 is on page 4.")
    rows = session.execute(sa.select(Appeal.case_id, Appeal.result))
    assert dict(rows.all()) == {room.case_id: "dismissed", ben.case_id: None}


@pytest.mark.parametrize(
    ("ground", "body", "fields"),
    [
        ("taste", WHY, ["ground"]),
        ("procedure", "  ", ["body"]),
        ("", "", ["ground", "body"]),
        ("procedure", "x" * 20_001, ["body"]),
    ],
)
def test_without_a_ground_or_reasons_nothing_moves(session, room, ground, body, fields):
    with pytest.raises(Invalid) as refused:
        file(room, ground=ground, body=body)
    assert [fault.field for fault in refused.value.faults] == fields
    session.rollback()
    assert (room.case.state, appeals(room)) == ("not_yet", [])


def test_a_move_without_the_form_is_refused(session, room):
    with pytest.raises(Invalid):
        fire(session, room.case_id, "appeal", actor=room.actor("iris"), now=room.now)


def test_a_form_sent_twice_files_one_appeal(session, room):
    file(room, request_key="once")
    assert file(room, request_key="once").is_repeat
    assert len(appeals(room)) == 1


def test_the_open_appeal_is_read_by_candidate_panel_hr_and_chair_alone(session, room):
    file(room)
    keys = ("iris", "petra", "tomas", "hanna", "clara", "greta", "mika", "dario", "erin", "noor", "abel", "otto")
    assert [key for key in keys if page(room, key) is not None] == ["iris", "petra", "tomas", "hanna", "clara"]


def test_the_panel_member_sees_two_answers_and_the_candidate_never_who_gave_one(session, room):
    file(room)
    found = page(room, "petra")
    assert [option.id for option in found.others] == ["grant_appeal", "dismiss_appeal"]
    fire(session, room.case_id, "dismiss_appeal", actor=room.actor("petra"), now=room.now, note="E3 is on page 4.")
    assert [(row.reason, row.decided_by) for row in page(room, "iris").appeals] == [("E3 is on page 4.", "")]
    assert [row.decided_by for row in page(room, "hanna").appeals] == ["Petra Klein"]


def test_somebody_of_the_panel_who_sat_on_the_committee_is_out(session, now):
    scene = open_scene(session, now)
    session.add(CommitteeMember(committee_id=scene.committee_id, person_id=scene.id("tomas"), role="member"))
    session.commit()
    room = built_room(session, scene, now)
    room.fire("seal", "hanna")
    decide(room, "decide_not_yet")
    make_ready(room)
    release(room)
    file(room)
    assert page(room, "tomas") is None
    with pytest.raises((NotAllowed, TransitionRefused)):
        fire(session, room.case_id, "dismiss_appeal", actor=room.actor("tomas"), now=now, note="No.")
