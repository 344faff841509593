"""Committees of a cycle: who is on them, and which committee decides on which case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.phase import Phase
from review.domain.seating import SeatingChoice, choose_committee
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.models import Case, Committee, CommitteeMember, Cycle, Person, Seat
from review.queries.closeness import find_conflicts_of
from review.queries.committees import grade_at, load_committee_loads, propose_committees
from review.queries.cycles import lock_cycle
from review.queries.many_numbers import is_among
from review.queries.pinned import load_ladder
from review.queries.standing import lock_standing
from review.services import audit
from review.services.effects import Move, effect

ROLES = ("chair", "deputy", "member")
SINGLE = ("chair", "deputy")
UNSEATED = (Phase.DRAFT, Phase.COLLECTING)
LONGEST_NAME = 80


@dataclass(frozen=True)
class Assigned:
    """What became of one case when all were given to committees."""

    case_id: int
    code: str
    committee: str
    reason: Text


def create_committee(session: Session, cycle_id: int, name: str, *, actor: Actor, now: datetime) -> Committee:
    """Set up a committee; raise NotAllowed or Invalid."""
    _require_hr(actor)
    lock_cycle(session, cycle_id)
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        expected = text("at most %(count)s signs", count=LONGEST_NAME)
        raise Invalid([Fault(text("Give the committee a name"), expected, field="name")])
    if session.scalar(sa.select(Committee.id).where(Committee.cycle_id == cycle_id, Committee.name == name)):
        raise Invalid([Fault(text("There is a committee of this name"), text("another name"), field="name")])
    committee = Committee(cycle_id=cycle_id, name=name)
    session.add(committee)
    session.flush()
    audit.record(session, "committee.create", actor=actor, now=now, subject_type="committee", subject_id=committee.id)
    return committee


def set_member(
    session: Session, committee_id: int, person_id: int, role: str, *, actor: Actor, now: datetime
) -> CommitteeMember:
    """Put somebody on a committee or change their role; a new chair or deputy takes the place of the one before.

    Seats that the committee's members hold on running cases follow.
    """
    committee = _lock(session, committee_id, actor)
    person = session.get(Person, person_id)
    if person is None or not person.is_active:
        raise Invalid([Fault(text("Choose somebody who works here"), field="person")])
    if role not in ROLES:
        raise Invalid([Fault(text("There is no such role"), text("chair, deputy or member"), field="role")])
    rows = {row.person_id: row for row in _members(session, committee.id)}
    if role in SINGLE:
        for row in rows.values():
            if row.role == role and row.person_id != person_id:
                _give_role(session, row, "member")
    member = rows.get(person_id)
    if member is None:
        member = CommitteeMember(committee_id=committee.id, person_id=person_id, role=role)
        session.add(member)
    _give_role(session, member, role)
    _record(session, "committee.set_member", member, actor=actor, now=now)
    return member


def remove_member(session: Session, committee_id: int, person_id: int, *, actor: Actor, now: datetime) -> None:
    """Take somebody off a committee; refused while they hold seats on its running cases."""
    committee = _lock(session, committee_id, actor)
    member = next((row for row in _members(session, committee.id) if row.person_id == person_id), None)
    if member is None:
        raise NotFound
    held = session.scalar(
        sa.select(sa.func.count())
        .select_from(Seat)
        .join(Case, Case.id == Seat.case_id)
        .where(
            Seat.person_id == person_id,
            Case.committee_id == committee.id,
            Case.closed_at.is_(None),
            Seat.state.not_in(("recused", "replaced")),
        )
    )
    if held:
        what = plural("They hold a seat on %(count)s running case", "They hold seats on %(count)s running cases", held)
        raise TransitionRefused([what])
    session.delete(member)
    _record(session, "committee.remove_member", member, actor=actor, now=now)


def drop_member(session: Session, committee_id: int, person_id: int, *, actor: Actor, now: datetime) -> None:
    """Take somebody who has left the company off a committee; seats they hold stay in the record, as plain ones."""
    committee = _lock(session, committee_id, actor)
    person = session.get(Person, person_id)
    member = next((row for row in _members(session, committee.id) if row.person_id == person_id), None)
    if member is None or person is None:
        raise NotFound
    if person.is_active:
        raise TransitionRefused([text("They work here")])
    _give_role(session, member, "member")
    session.delete(member)
    _record(session, "committee.remove_member", member, actor=actor, now=now)


def assign_case(session: Session, case_id: int, committee_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Give a case to a committee of its cycle, or to none; possible until the packet is sealed."""
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_write("committee.seats"):
        raise NotAllowed(text("Only an HR partner who has no part in the case chooses its committee"), is_known=True)
    if standing.phase not in UNSEATED:
        raise TransitionRefused([text("The packet is sealed and the committee is seated")])
    committee = session.get(Committee, committee_id) if committee_id is not None else None
    if committee_id is not None and (committee is None or committee.cycle_id != standing.case.cycle_id):
        raise Invalid([Fault(text("There is no such committee in this cycle"), field="committee")])
    before, standing.case.committee_id = standing.case.committee_id, committee_id
    detail = {"before": before, "after": committee_id}
    audit.record(session, "case.assign_committee", actor=actor, now=now, case_id=case_id, detail=detail)


def assign_all(
    session: Session, cycle_id: int, case_ids: Collection[int], *, actor: Actor, now: datetime
) -> tuple[Assigned, ...]:
    """Give every case that has no committee yet to the least loaded one without conflicts; tell why, case by case.

    A case stays without one where somebody below its target level would judge it: that is done by hand, with a reason.

    Args:
        case_ids: the cases that this HR partner may see.
    """
    _require_hr(actor)
    cycle = lock_cycle(session, cycle_id)
    phases = [str(phase) for phase in UNSEATED]
    cases = session.scalars(
        sa.select(Case)
        .where(is_among(Case.id, case_ids), Case.cycle_id == cycle_id, Case.committee_id.is_(None))
        .where(Case.phase.in_(phases))
        .order_by(Case.id)
        .with_for_update(key_share=True)
    ).all()
    choices = _choose_all(session, cycle, cases)
    done = []
    for case in cases:
        choice = choices[case.id]
        is_fit = choice.committee_id is not None and not choice.below
        done.append(Assigned(case.id, case.code, choice.name if is_fit else "", choice.reason))
        if is_fit:
            assign_case(session, case.id, choice.committee_id, actor=actor, now=now)
    return tuple(done)


def choose_for(session: Session, cycle: Cycle, case: Case, *, without: Collection[int] = ()) -> SeatingChoice:
    """Return the committee for one case.

    Args:
        without: people who may not be on it, such as those who have sat on the case before.
    """
    loads = [each for each in load_committee_loads(session, cycle) if not each.member_ids & set(without)]
    found = find_conflicts_of(session, [case], {cycle.id: cycle.policy["conflicts"]})[case.id]
    grade = grade_at(load_ladder(session, cycle.ladder_version_id), case.to_level_id)
    return choose_committee(loads, frozenset(found), cycle.policy["ballot"]["quorum"], grade=grade)


@effect("release_second_rater")
def release_second_rater(move: Move) -> None:
    """Free the second rater who was asked: somebody else is chosen, or nobody."""
    move.standing.case.second_rater_id = None
    move.session.flush()


def _choose_all(session: Session, cycle: Cycle, cases: Sequence[Case]) -> dict[int, SeatingChoice]:
    found = find_conflicts_of(session, cases, {cycle.id: cycle.policy["conflicts"]})
    ladder = load_ladder(session, cycle.ladder_version_id)
    return propose_committees(load_committee_loads(session, cycle), found, cases, cycle, ladder)


def _lock(session: Session, committee_id: int, actor: Actor) -> Committee:
    _require_hr(actor)
    committee = session.scalar(sa.select(Committee).where(Committee.id == committee_id).with_for_update(key_share=True))
    if committee is None:
        raise NotFound
    return committee


def _members(session: Session, committee_id: int) -> Sequence[CommitteeMember]:
    return session.scalars(sa.select(CommitteeMember).where(CommitteeMember.committee_id == committee_id)).all()


def _give_role(session: Session, member: CommitteeMember, role: str) -> None:
    member.role = role
    running = sa.select(Case.id).where(Case.committee_id == member.committee_id, Case.closed_at.is_(None))
    for seat in session.scalars(sa.select(Seat).where(Seat.person_id == member.person_id, Seat.case_id.in_(running))):
        seat.role = role
    session.flush()


def _record(session: Session, kind: str, member: CommitteeMember, *, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        subject_type="committee",
        subject_id=member.committee_id,
        detail={"person": member.person_id, "role": member.role},
    )


def _require_hr(actor: Actor) -> None:
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner sets up committees"))
