"""A committee member's own work: the packets to read and vote on, and what they declared."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.ladder import Ladder
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Case, CaseToken, Committee, CommitteeMember, Conflict, Cycle, Person, Seat, Vote
from review.queries.closeness import Conflicts, barred_from_voting, find_conflicts_of, is_out
from review.queries.pinned import load_definition, load_ladder

AT_WORK = (Phase.SEALED, Phase.VOTING, Phase.REVEALED, Phase.DECIDED)
OPEN = (Phase.REVEALED, Phase.DECIDED)


@dataclass(frozen=True)
class ReadingRow:
    """A case on a member's reading list. `step` is what to do next."""

    case_id: int
    code: str
    candidate: str
    function: str
    from_level_id: str | None
    to_level_id: str
    ladder: Ladder
    committee_id: int
    committee: str
    cycle: str
    state: str
    phase: Phase
    seat: str | None
    has_opened: bool
    step: str
    due_at: datetime | None


@dataclass(frozen=True)
class DeclaredRow:
    """A conflict that the reader declared."""

    candidate: str
    code: str
    kind: str
    reason: str
    declared_at: datetime


def list_reading(session: Session, actor: Actor) -> tuple[ReadingRow, ...]:
    """Return the cases that a member reads and votes on, in an order of their own; none that they are out of.

    The order comes from member, committee and case alone: a case that goes leaves no gap, and no two members share it.
    """
    records = session.execute(_reading_statement(actor)).all()
    found = find_conflicts_of(
        session, [row.Case for row in records], {row.Cycle.id: row.Cycle.policy["conflicts"] for row in records}
    )
    kept = [row for row in records if not is_out(found[row.Case.id], actor.person_id)]
    kept.sort(key=lambda row: _own_order(actor.person_id, row.Case))
    definitions = {
        number: load_definition(session, number) for number in {row.Case.workflow_version_id for row in kept}
    }
    ladders = {number: load_ladder(session, number) for number in {row.Cycle.ladder_version_id for row in kept}}
    return tuple(
        _reading_row(
            row,
            found[row.Case.id],
            actor,
            ladder=ladders[row.Cycle.ladder_version_id],
            state=definitions[row.Case.workflow_version_id].states[row.Case.state].title,
        )
        for row in kept
    )


def list_declared(session: Session, actor: Actor) -> tuple[DeclaredRow, ...]:
    """Return what the actor has declared; nobody else's, and none that was set by others."""
    rows = session.execute(
        sa.select(Person.name, Case.code, Conflict.kind, Conflict.reason, Conflict.declared_at)
        .join(Case, Case.id == Conflict.case_id)
        .join(Person, Person.id == Case.candidate_id)
        .where(Conflict.person_id == actor.person_id, Conflict.declared_by_id == actor.person_id)
        .order_by(Conflict.declared_at.desc(), Conflict.id.desc())
    )
    return tuple(DeclaredRow(*row) for row in rows)


def _reading_statement(actor: Actor) -> Any:
    me = actor.person_id
    ballot = sa.and_(Vote.seat_id == Seat.id, Vote.round == Case.vote_round, Vote.voided_at.is_(None))
    return (
        sa.select(Case, Cycle, Committee, Person.name, Person.function, Seat, Vote, CaseToken.due_at)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(Committee, Committee.id == Case.committee_id)
        .join(Person, Person.id == Case.candidate_id)
        .join(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
        .outerjoin(Seat, sa.and_(Seat.case_id == Case.id, Seat.person_id == me))
        .outerjoin(Vote, ballot)
        .where(
            Case.phase.in_([str(phase) for phase in AT_WORK]),
            Case.closed_at.is_(None),
            Case.id.in_(_sat_on(me)),
        )
        .order_by(Case.id)
    )


def _sat_on(person_id: int | None) -> sa.CompoundSelect[int]:
    """Return a select of the cases that somebody sits on, from their side: in one condition all would be read."""
    case, seat = sa.orm.aliased(Case), sa.orm.aliased(Seat)
    of_committee = sa.select(case.id).join(CommitteeMember, CommitteeMember.committee_id == case.committee_id)
    seated = sa.select(seat.case_id).where(seat.person_id == person_id, seat.state != "replaced")
    return of_committee.where(CommitteeMember.person_id == person_id).union_all(seated)


def _own_order(person_id: int | None, case: Case) -> bytes:
    return sha256(f"{person_id}:{case.committee_id}:{case.id}".encode()).digest()


def _reading_row(row: Any, found: Conflicts, actor: Actor, *, ladder: Ladder, state: str) -> ReadingRow:
    case, seat = row.Case, row.Seat
    is_muted = actor.person_id in barred_from_voting(found)
    return ReadingRow(
        case_id=case.id,
        code=case.code,
        candidate=row.name,
        function=row.function,
        from_level_id=case.from_level_id,
        to_level_id=case.to_level_id,
        ladder=ladder,
        committee_id=row.Committee.id,
        committee=row.Committee.name,
        cycle=row.Cycle.name,
        state=state,
        phase=Phase(case.phase),
        seat=seat.state if seat else None,
        has_opened=seat is not None and seat.opened_at is not None,
        step=_step(case, seat, row.Vote, is_muted=is_muted),
        due_at=row.due_at,
    )


def _step(case: Case, seat: Seat | None, vote: Vote | None, *, is_muted: bool) -> str:
    """Return what a member does next: look, open, read, wait, vote, finish, cast, meet, done."""
    if is_muted or seat is None or seat.state in ("recused", "absent"):
        return "look"
    if case.phase in OPEN:
        return "meet" if case.phase == Phase.REVEALED else "done"
    if seat.state == "seated":
        return "read" if seat.opened_at else "open"
    if case.phase == Phase.SEALED or seat.state == "voted":
        return "cast" if seat.state == "voted" else "wait"
    return "finish" if vote is not None else "vote"
