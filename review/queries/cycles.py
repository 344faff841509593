"""Cycles: the row locked for a change, the calendar, the list, and one with what it pins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.models import (
    Case,
    CaseToken,
    Committee,
    Cycle,
    CycleDate,
    CycleWorkflow,
    LadderVersion,
    OptOut,
    Person,
    WorkflowVersion,
)
from review.queries.own_part import is_part_of


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A cycle in a list."""

    id: int
    code: str
    name: str
    state: str
    case_count: int
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class CycleDetail:
    """A cycle with its calendar and what it pins."""

    id: int
    code: str
    name: str
    state: str
    zone: str
    country: str | None
    ladder: str
    ladder_version_id: int
    workflows: tuple[tuple[str, str, int], ...]  # track, title and version, version id
    dates: tuple[tuple[str, date], ...]
    required_functions: tuple[str, ...]
    version: int


def lock_cycle(session: Session, cycle_id: int) -> Cycle:
    """Lock a cycle's row until the transaction ends and return it; raise NotFound."""
    cycle = session.scalar(
        sa.select(Cycle)
        .where(Cycle.id == cycle_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if cycle is None:
        raise NotFound
    return cycle


def list_cycles(session: Session, actor: Actor) -> tuple[CycleRow, ...]:
    """Return the cycles, the newest first; drafts only for HR."""
    statement = (
        sa.select(
            Cycle.id,
            Cycle.code,
            Cycle.name,
            Cycle.state,
            Cycle.case_count,
            sa.func.min(CycleDate.on_day),
            sa.func.max(CycleDate.on_day),
        )
        .outerjoin(CycleDate, CycleDate.cycle_id == Cycle.id)
        .group_by(Cycle.id)
        .order_by(sa.func.max(CycleDate.on_day).desc(), Cycle.id.desc())
    )
    if not actor.has(Role.HR):
        statement = statement.where(Cycle.state != "draft")
    return tuple(CycleRow(*row) for row in session.execute(statement))


def load_dates(session: Session, cycle_id: int) -> dict[str, date]:
    """Return the named days of a cycle."""
    rows = session.execute(sa.select(CycleDate.name, CycleDate.on_day).where(CycleDate.cycle_id == cycle_id))
    return {row.name: row.on_day for row in rows}


def load_cycle(session: Session, cycle_id: int, actor: Actor) -> CycleDetail:
    """Return one cycle; raise NotFound, also for a draft that the actor may not know of."""
    row = session.execute(
        sa.select(Cycle, LadderVersion.name, LadderVersion.version)
        .join(LadderVersion, LadderVersion.id == Cycle.ladder_version_id)
        .where(Cycle.id == cycle_id)
    ).first()
    if row is None or (row[0].state == "draft" and not actor.has(Role.HR)):
        raise NotFound
    cycle: Cycle = row[0]
    workflows = session.execute(
        sa.select(CycleWorkflow.track_id, WorkflowVersion.title, WorkflowVersion.version, WorkflowVersion.id)
        .join(WorkflowVersion, WorkflowVersion.id == CycleWorkflow.workflow_version_id)
        .where(CycleWorkflow.cycle_id == cycle_id)
        .order_by(CycleWorkflow.track_id)
    )
    dates = session.execute(
        sa.select(CycleDate.name, CycleDate.on_day)
        .where(CycleDate.cycle_id == cycle_id)
        .order_by(CycleDate.on_day, CycleDate.id)
    )
    return CycleDetail(
        id=cycle.id,
        code=cycle.code,
        name=cycle.name,
        state=cycle.state,
        zone=cycle.zone,
        country=cycle.country,
        ladder=f"{row[1]} {row[2]}",
        ladder_version_id=cycle.ladder_version_id,
        workflows=tuple((track, f"{title} {version}", number) for track, title, version, number in workflows),
        dates=tuple((name, day) for name, day in dates),
        required_functions=tuple(cycle.required_functions),
        version=cycle.version,
    )


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list of a cycle."""

    id: int
    code: str
    candidate: str
    function: str
    from_level_id: str | None
    to_level_id: str
    kind: str
    state: str
    workflow_version_id: int
    due_at: datetime | None
    committee: str


@dataclass(frozen=True, slots=True)
class OptOutRow:
    """Somebody who said "not now", with the reason for those who may read it."""

    name: str
    reason: str
    at: datetime


def list_cases(session: Session, cycle_id: int, actor: Actor) -> tuple[CaseRow, ...]:
    """Return the cases of a cycle that HR runs: not those the actor is part of, or close to; one statement."""
    if not actor.has(Role.HR):
        return ()
    rows = session.execute(
        sa.select(
            Case.id,
            Case.code,
            Person.name,
            Person.function,
            Case.from_level_id,
            Case.to_level_id,
            Case.kind,
            Case.state,
            Case.workflow_version_id,
            CaseToken.due_at,
            sa.func.coalesce(Committee.name, ""),
        )
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
        .outerjoin(Committee, Committee.id == Case.committee_id)
        .where(Case.cycle_id == cycle_id, sa.not_(is_part_of(actor.person_id)))
        .order_by(Case.code)
    )
    return tuple(CaseRow(*row) for row in rows)


def list_opt_outs(session: Session, cycle_id: int, actor: Actor) -> tuple[OptOutRow, ...]:
    """Return who opted out: for the manager's manager of each, and one's own."""
    manager = sa.orm.aliased(Person)
    me = actor.person_id
    rows = session.execute(
        sa.select(Person.name, OptOut.reason, OptOut.at)
        .join(Person, Person.id == OptOut.person_id)
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(OptOut.cycle_id == cycle_id, sa.or_(OptOut.person_id == me, manager.manager_id == me))
        .order_by(Person.name)
    )
    return tuple(OptOutRow(*row) for row in rows)
