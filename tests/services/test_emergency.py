"""Emergency access: who is let in by whom, for how long, to do what; and who hears of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Role
from review.domain.emergency import LASTS
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import AuditEvent, Conflict, EmergencyAccess, Message
from review.queries.emergency import State, list_own, list_to_answer
from review.queries.feedback import read_feedback
from review.queries.packets import find_packet, read_view
from review.queries.standing import load_standing
from review.services.emergency import ask_access, end_access, grant_access, refuse_access
from review.services.transitions import fire
from tests.committee_room import Room, sealed_room

WHY = "The other partner is ill and the letter is due."


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """A sealed case of which Hugo, an HR partner, is out."""
    room = sealed_room(session, now)
    other = {"kind": "other", "reason": "x", "declared_at": now, "declared_by_id": room.scene.id("hugo")}
    session.add(Conflict(case_id=room.case_id, person_id=room.scene.id("hugo"), **other))
    session.commit()
    return room


def ask(room: Room, key: str = "hugo", code: str = "") -> EmergencyAccess:
    row = ask_access(room.session, code or room.case.code, WHY, actor=room.actor(key), now=room.now)
    assert row is not None
    room.session.commit()
    return row


def let_in(room: Room, key: str = "hugo") -> EmergencyAccess:
    row = ask(room, key)
    grant_access(room.session, row.id, actor=room.actor("hanna"), now=room.now)
    room.session.commit()
    return row


def sees(room: Room, key: str, after: timedelta = timedelta(0)) -> bool:
    try:
        load_standing(room.session, room.case_id, room.actor(key), now=room.now + after)
    except NotFound:
        return False
    return True


@pytest.mark.both_databases
@pytest.mark.parametrize("key", ["hugo", "ines"])
def test_who_is_let_in_reads_for_a_day_and_changes_nothing(room: Room, key: str) -> None:
    assert not sees(room, key)
    let_in(room, key)
    standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    things = ("packet.sealed", "feedback.text", "feedback.author", "rating.final", "vote.others", "decision.outcome")
    hanna = load_standing(room.session, room.case_id, room.actor("hanna"), now=room.now)
    assert [standing.may_read(each) for each in things] == [hanna.may_read(each) for each in things]
    assert standing.may_read("packet.sealed")
    assert not any(standing.may_write(each) for each in ("conflict.list", "committee.seats", "feedback.proposals"))
    assert (standing.may_act("packet.unseal"), standing.options(), Role.HR in standing.roles) == (False, (), False)
    with pytest.raises(NotAllowed):
        fire(room.session, room.case_id, "unseal", actor=room.actor(key), now=room.now, note="Let me.")
    assert [sees(room, key, after) for after in (LASTS - timedelta(seconds=1), LASTS)] == [True, False]


def test_the_packet_can_be_read_as_hr_reads_it(room: Room) -> None:
    let_in(room)
    packet, read = find_packet(room.session, room.case_id), []
    assert packet is not None
    for key in ("hanna", "hugo"):
        standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
        read.append((read_view(packet, standing), read_feedback(room.session, standing)))
    assert read[0][0] is not None
    assert len(read[0][1]) == 3
    assert read[0] == read[1]


def test_it_is_ended_before_its_time(room: Room) -> None:
    row = let_in(room)
    for key in ("clara", "ines", "greta"):
        with pytest.raises(NotFound):
            end_access(room.session, row.id, actor=room.actor(key), now=room.now)
    end_access(room.session, row.id, actor=room.actor("hanna"), now=room.now)
    assert not sees(room, "hugo")
    with pytest.raises(TransitionRefused):
        end_access(room.session, row.id, actor=room.actor("hugo"), now=room.now)


def test_nobody_answers_their_own_request_or_one_they_are_out_of(room: Room, session: Session) -> None:
    row = ask(room)
    for key in ("hugo", "ines", "abel", "clara", "iris"):
        for answer in (grant_access, refuse_access):
            with pytest.raises(NotFound):
                answer(session, row.id, actor=room.actor(key), now=room.now)
    own = ask(room, "hanna")
    with pytest.raises(TransitionRefused, match="Somebody else has to answer"):
        grant_access(session, own.id, actor=room.actor("hanna"), now=room.now)


def test_a_request_is_answered_once(room: Room, session: Session) -> None:
    row = ask(room)
    refuse_access(session, row.id, actor=room.actor("hanna"), now=room.now)
    with pytest.raises(TransitionRefused, match="answered this already"):
        grant_access(session, row.id, actor=room.actor("hanna"), now=room.now)
    assert not sees(room, "hugo")
    assert [each.state for each in list_own(session, room.actor("hugo"), now=room.now)] == [State.REFUSED]


def test_a_candidate_is_never_let_into_their_own_case(room: Room, session: Session) -> None:
    row = ask(room, "ines")
    room.case.candidate_id = room.scene.id("ines")
    session.commit()
    with pytest.raises(TransitionRefused, match="not let into their own case"):
        grant_access(session, row.id, actor=room.actor("hanna"), now=room.now)
    row.is_granted, row.until_at = True, room.now + LASTS  # not even where it had been open before
    session.commit()
    assert load_standing(session, room.case_id, room.actor("ines"), now=room.now).lent == frozenset()


def test_a_third_person_has_to_be_there(room: Room, session: Session) -> None:
    row = ask(room)
    auditor = {"kind": "other", "reason": "x", "declared_at": room.now, "declared_by_id": room.scene.id("abel")}
    session.add(Conflict(case_id=room.case_id, person_id=room.scene.id("abel"), **auditor))
    session.commit()
    with pytest.raises(TransitionRefused, match="no third person"):
        grant_access(session, row.id, actor=room.actor("hanna"), now=room.now)


def test_hr_is_asked_and_the_third_is_told_without_the_case(room: Room, session: Session) -> None:
    let_in(room)
    mails = session.execute(
        sa.select(Message.template, Message.to_person_id, Message.case_id)
        .where(Message.template.startswith("glass"))
        .order_by(Message.id)
    )
    ids = room.scene.id
    assert [tuple(row) for row in mails] == [
        ("glass_asked", ids("hanna"), room.case_id),
        ("glass_open", ids("hugo"), None),
        ("glass_told", ids("abel"), None),
    ]
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind.startswith("glass")).order_by(AuditEvent.seq))
    assert [(each.kind, each.actor_id, each.case_id, each.subject_id) for each in events] == [
        ("glass.ask", ids("hugo"), None, ids("hugo")),
        ("glass.grant", ids("hanna"), None, ids("hugo")),
    ]


def test_whether_there_is_such_a_case_is_never_said(room: Room, session: Session) -> None:
    real, none = ask(room), ask(room, code="2026A-999")
    shown = list_own(session, room.actor("hugo"), now=room.now)
    assert [(each.code, each.state, each.case_id) for each in shown] == [
        (none.code, State.WAITING, None),
        (real.code, State.WAITING, None),
    ]
    listed = {key: [each.code for each in list_to_answer(session, room.actor(key), now=room.now)] for key in
              ("hanna", "hugo", "ines", "clara")}  # fmt: skip
    assert listed == {"hanna": [real.code], "hugo": [], "ines": [], "clara": []}


def test_only_hr_and_whoever_runs_it_ask(room: Room, session: Session) -> None:
    for key in ("clara", "iris", "abel", "noor"):
        with pytest.raises(NotAllowed):
            ask_access(session, room.case.code, WHY, actor=room.actor(key), now=room.now)
    with pytest.raises(Invalid) as refused:
        ask_access(session, " ", "x" * 1001, actor=room.actor("hugo"), now=room.now)
    assert [fault.field for fault in refused.value.faults] == ["code", "reason"]
