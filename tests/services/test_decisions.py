"""Decisions: the quorum, gaps old and new, dissent, signing, and setting aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.gaps import AnswerDraft, GapDraft
from review.models import AuditEvent, Case, CaseToken, Cycle, Decision, Gap, GapAnswer
from review.queries.decisions import list_sentences, load_decision_page
from review.queries.packet_gaps import gather_prior_gaps
from review.queries.standing import load_standing
from review.services.decisions import add_gap, answer_gap, remove_gap
from tests.committee_room import MEMBERS, Room, built_room, sealed_room
from tests.factories import open_scene


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


def gap_of(room: Room, place: int = 2) -> GapDraft:
    """Return a whole gap, in the ladder's words."""
    standing = load_standing(room.session, room.case_id, room.actor("hanna"), now=room.now)
    criterion = list_sentences(standing)[place]
    return GapDraft(criterion.id, criterion.sentences[0][1], "One case.", "A second one.", date(2027, 6, 1), "Coach.")


def name_gap(room: Room, draft: GapDraft | None = None, key: str = "clara") -> Gap:
    gap = add_gap(room.session, room.case_id, draft or gap_of(room), actor=room.actor(key), now=room.now)
    assert gap is not None
    return gap


def decisions(room: Room) -> list[tuple[str, bool]]:
    rows = room.session.scalars(sa.select(Decision).where(Decision.case_id == room.case_id).order_by(Decision.id))
    return [(row.outcome, row.replaced_at is None) for row in rows]


def test_the_decision_keeps_reasons_and_dissent(room: Room) -> None:
    room.reveal({"clara": "promote", "omar": "promote", "mika": "not_yet", "aya": "promote", "jonas": "defer"})
    room.decide()
    row = room.session.scalars(sa.select(Decision)).one()
    assert (row.outcome, row.rationale, row.recorded_by_id, row.recorded_at) == (
        "promote",
        "All four criteria are shown in E1.",
        room.scene.id("clara"),
        room.now,
    )
    dissent = {each["person_id"]: (each["overall"], each["reason"]) for each in row.dissent}
    assert dissent == {
        room.scene.id("mika"): ("not_yet", "mika says not_yet."),
        room.scene.id("jonas"): ("defer", "jonas says defer."),
    }
    assert room.states() == dict.fromkeys(MEMBERS, "closed")
    assert (room.case.state, room.case.phase, room.case.outcome) == ("decided", "decided", None)


def test_a_decision_closes_the_votes_of_its_own_case_alone(room: Room) -> None:
    other = built_room(room.session, room.scene, room.now, key="ben", to_level="senior-pm")
    other.fire("seal", "hanna")
    other.open_voting()
    for key in MEMBERS:
        other.vote(key)
    room.reveal()
    room.decide()
    assert (room.states(), other.states()) == (dict.fromkeys(MEMBERS, "closed"), dict.fromkeys(MEMBERS, "voted"))


def test_reasons_are_needed(room: Room) -> None:
    room.reveal()
    with pytest.raises(Invalid) as refused:
        room.fire("decide_promote", "clara", rationale="  ")
    assert [fault.field for fault in refused.value.faults] == ["rationale"]


def test_the_quorum_counts_who_was_present(room: Room) -> None:
    room.reveal()
    room.be_present("clara", "omar")
    with pytest.raises(TransitionRefused) as refused:
        room.decide()
    assert [str(each) for each in refused.value.reasons] == ["2 votes count; the quorum is 3"]


def test_only_the_chair_decides(room: Room) -> None:
    room.reveal()
    for key, error in (("mika", NotAllowed), ("hanna", NotAllowed), ("greta", NotAllowed), ("otto", NotFound)):
        with pytest.raises(error):
            room.decide(key=key)
    assert decisions(room) == []


def test_not_yet_needs_a_gap(room: Room) -> None:
    room.reveal()
    with pytest.raises(TransitionRefused):
        room.decide("decide_not_yet")
    gap = name_gap(room)
    remove_gap(room.session, room.case_id, gap.id, actor=room.actor("clara"), now=room.now)
    with pytest.raises(TransitionRefused):
        room.decide("decide_not_yet")
    name_gap(room)
    room.decide("decide_not_yet")
    assert decisions(room) == [("not_yet", True)]


def test_what_is_done_with_a_gap_stands_in_the_trail_of_its_case(room: Room) -> None:
    room.reveal()
    gap = name_gap(room)
    remove_gap(room.session, room.case_id, gap.id, actor=room.actor("clara"), now=room.now)
    about = (AuditEvent.case_id, AuditEvent.subject_type, AuditEvent.subject_id, AuditEvent.actor_id)
    events = sa.select(AuditEvent.kind, *about).where(AuditEvent.kind.startswith("gap.")).order_by(AuditEvent.seq)
    one = (room.case_id, "gap", gap.id, room.scene.id("clara"))
    assert room.session.execute(events).all() == [("gap.add", *one), ("gap.remove", *one)]


def test_only_a_gap_of_this_case_that_still_stands_is_taken_out(session: Session, now: datetime) -> None:
    room, earlier = room_with_earlier_gap(session, now)
    room.reveal()
    answer(room, earlier, True)
    gap = name_gap(room)
    clara = room.actor("clara")
    remove_gap(session, room.case_id, gap.id, actor=clara, now=now)
    for number in (gap.id, earlier.id, gap.id + 1):
        with pytest.raises(NotFound):
            remove_gap(session, room.case_id, number, actor=clara, now=now + timedelta(hours=1))
    assert (gap.removed_at, earlier.removed_at) == (now, None)


def test_a_gap_speaks_with_the_ladder(room: Room) -> None:
    room.reveal()
    draft = gap_of(room)
    gap = name_gap(room, draft)
    assert (gap.sentence, gap.criterion_id, gap.review_on) == (draft.sentence, "leadership", date(2027, 6, 1))
    with pytest.raises(Invalid) as refused:
        name_gap(room, replace(draft, sentence="Be nicer.", review_on=room.now.date()))
    assert [fault.field for fault in refused.value.faults] == ["sentence", "review_on"]


@pytest.mark.parametrize(("key", "error"), [("mika", NotFound), ("hanna", NotFound), ("greta", NotFound)])
def test_only_the_chair_names_gaps(room: Room, key: str, error: type[Exception]) -> None:
    room.reveal()
    with pytest.raises(error):
        name_gap(room, gap_of(room), key)


def test_no_gap_before_the_reveal_and_none_after_the_decision(room: Room) -> None:
    draft = gap_of(room)
    with pytest.raises(TransitionRefused):
        name_gap(room, draft)
    room.reveal()
    room.decide()
    with pytest.raises(TransitionRefused):
        name_gap(room, draft)


def room_with_earlier_gap(session: Session, now: datetime) -> tuple[Room, Gap]:
    """Return a sealed case of somebody whose earlier case, in another cycle, left a gap open."""
    scene = open_scene(session, now)
    first = built_room(session, scene, now, key="ben", to_level="senior-pm")
    room = built_room(session, scene, now)
    columns = {each.key: getattr(first.case, each.key) for each in sa.inspect(Case).columns}
    cycle = session.get_one(Cycle, scene.cycle_id)
    of_cycle = {each.key: getattr(cycle, each.key) for each in sa.inspect(Cycle).columns}
    spring = Cycle(**{**of_cycle, "id": None, "code": "2026S", "name": "Spring 2026", "state": "closed"})
    session.add(spring)
    session.flush()
    assert columns["id"] < room.case_id
    first.case.candidate_id, first.case.cycle_id = room.case.candidate_id, spring.id
    first.case.phase, first.case.outcome = "closed", "not_yet"
    gap = Gap(
        case_id=first.case_id,
        criterion_id="leadership",
        sentence=gap_of(room).sentence,
        seen="One.",
        missing="Two.",
        review_on=now.date() - timedelta(days=30),
        named_by_id=scene.id("clara"),
        named_at=now,
    )
    told = Decision(case_id=first.case_id, outcome="not_yet", recorded_by_id=scene.id("clara"), recorded_at=now)
    session.add_all([gap, told])
    room.fire("seal", "hanna")
    session.commit()
    return room, gap


def answer(room: Room, gap: Gap, is_met: bool | None, anchor: str | None = None) -> None:
    draft = AnswerDraft(is_met, room.evidence() if anchor is None else anchor, "See E1.")
    answer_gap(room.session, room.case_id, gap.id, draft, actor=room.actor("clara"), now=room.now)


def test_earlier_gaps_are_answered_before_new_ones(session: Session, now: datetime) -> None:
    room, gap = room_with_earlier_gap(session, now)
    room.reveal()
    for attempt in (lambda: name_gap(room), room.decide, lambda: room.decide("decide_not_yet")):
        with pytest.raises(TransitionRefused):
            attempt()
    with pytest.raises(Invalid) as refused:
        answer(room, gap, None, "e:999")
    assert [fault.field for fault in refused.value.faults] == ["is_met", "anchor"]
    answer(room, gap, True)
    answer(room, gap, False)  # said again, it is changed
    row = session.scalars(sa.select(GapAnswer)).one()
    assert (row.is_met, row.anchor, row.reason, row.case_id) == (False, room.evidence(), "See E1.", room.case_id)
    name_gap(room)
    name_gap(room, gap_of(room, 0))
    page = load_decision_page(session, load_standing(session, room.case_id, room.actor("clara"), now=now))
    assert [(each.criterion, each.is_new) for each in page.gaps] == [("Leadership", False), ("Hard skills", True)]
    assert [(each.missing, each.is_met) for each in page.earlier] == [("Two.", False)]
    room.decide("decide_not_yet")
    assert decisions(room) == [("not_yet", True)]


@pytest.mark.parametrize("how", ["withdrawn before its announcement", "decided otherwise", "set aside by an appeal"])
def test_what_the_candidate_was_never_told_binds_nobody(session: Session, now: datetime, how: str) -> None:
    room, gap = room_with_earlier_gap(session, now)
    room.reveal()
    first = session.get_one(Case, gap.case_id)
    told = session.scalars(sa.select(Decision).where(Decision.case_id == first.id)).one()
    if how == "withdrawn before its announcement":
        first.outcome = "withdrawn"
    elif how == "decided otherwise":
        told.outcome = "promote"
    else:
        told.replaced_at = now
    session.commit()
    with pytest.raises(NotFound):
        answer(room, gap, True)
    page = load_decision_page(session, load_standing(session, room.case_id, room.actor("clara"), now=now))
    assert page.earlier == ()
    name_gap(room)
    room.decide("decide_not_yet")
    assert decisions(room) == [("not_yet", True)]


def test_a_gap_of_somebody_else_is_not_answered(session: Session, now: datetime) -> None:
    room, gap = room_with_earlier_gap(session, now)
    room.reveal()
    session.get_one(Case, gap.case_id).candidate_id = room.scene.id("ben")
    session.flush()
    with pytest.raises(NotFound):
        answer(room, gap, True)


def test_a_deferral_answers_nothing(session: Session, now: datetime) -> None:
    room, _ = room_with_earlier_gap(session, now)
    room.reveal()
    room.decide("decide_defer")
    assert decisions(room) == [("defer", True)]


def test_a_reopened_discussion_sets_the_decision_aside(room: Room) -> None:
    room.reveal()
    room.decide()
    room.fire("reopen_discussion", "clara", note="A wrong name in it.")
    assert decisions(room) == [("promote", False)]
    assert room.states() == dict.fromkeys(MEMBERS, "closed")
    name_gap(room)
    room.decide("decide_not_yet")
    assert decisions(room) == [("promote", False), ("not_yet", True)]
    room.fire("reopen_discussion", "clara", note="Once more.")
    room.fire("vote_again", "clara", note="All of it.")
    assert room.states() == dict.fromkeys(MEMBERS, "read")


def test_a_decision_sets_aside_the_one_that_still_stood(room: Room) -> None:
    """A workflow of the company's own may lead back to the discussion without withdrawing anything."""
    room.reveal()
    room.decide()
    back = sa.update(CaseToken).where(CaseToken.case_id == room.case_id, CaseToken.region == "main")
    room.session.execute(back.values(state="discussion"))
    room.session.execute(sa.update(Case).where(Case.id == room.case_id).values(state="discussion"))
    room.session.expire_all()
    room.decide()
    assert decisions(room) == [("promote", False), ("promote", True)]


def test_an_executive_signs_or_sends_back(session: Session, now: datetime) -> None:
    room = sealed_room(session, now, key="greta", to_level="director-pm")
    room.reveal()
    room.decide()
    assert room.case.state == "signoff"
    room.fire("send_back", "noor", note="Say more on leadership.")
    assert decisions(room) == [("promote", False)]
    room.decide()
    room.fire("sign_off", "noor")
    row = session.scalars(sa.select(Decision).where(Decision.replaced_at.is_(None))).one()
    assert (row.signed_off_by_id, row.signed_off_at, room.case.state) == (room.scene.id("noor"), now, "decided")


def test_who_reads_the_decision(room: Room) -> None:
    room.reveal({"clara": "promote", "omar": "promote", "aya": "promote", "mika": "not_yet"})
    room.decide()
    seen = {}
    for key in ("clara", "mika", "hanna", "greta", "dario", "iris", "erin"):
        standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
        try:
            row = load_decision_page(room.session, standing).decision
        except NotFound:
            seen[key] = None
            continue
        assert row is not None
        names = None if row.dissent is None else [each.name for each in row.dissent]
        seen[key] = (row.outcome, row.rationale is not None, names)
    assert seen == {
        "clara": ("promote", True, ["Mika Saar"]),
        "mika": ("promote", True, ["Mika Saar"]),
        "hanna": ("promote", True, ["Mika Saar"]),
        "greta": None,
        "dario": None,
        "iris": None,
        "erin": None,
    }


def test_a_gap_that_is_answered_here_stays_in_the_packet_that_is_sealed_again(session: Session, now: datetime) -> None:
    room, gap = room_with_earlier_gap(session, now)
    room.reveal()
    answer(room, gap, is_met=True)
    standing = load_standing(session, room.case_id, SYSTEM, now=now)
    assert [each.missing for each in gather_prior_gaps(session, standing, {})] == ["Two."]
    session.execute(sa.update(GapAnswer).values(case_id=gap.case_id))
    assert gather_prior_gaps(session, standing, {}) == ()
