"""Cycles: the row locked for a change, the calendar, the list, and one with what it pins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.values import dataclass
from review.models import (
    Case,
    CaseToken,
    Committee,
    CommitteeMember,
    Cycle,
    CycleDate,
    CycleWorkflow,
    KeptView,
    LadderVersion,
    OptOut,
    Person,
    WorkflowVersion,
)
from review.queries.case_rows import EMPTY, ZERO
from review.queries.own_part import is_part_of
from review.queries.ready import Ready

OWN = 13
"""How many columns of a row are the cycle's own; what belongs to it follows."""
NEVER = sa.cast(sa.null(), sa.Date)
CYCLE_ID, ME = sa.bindparam("cycle_id", type_=sa.Integer), sa.bindparam("me", type_=sa.Integer)


@dataclass(frozen=True)
class CycleRow:
    """A cycle in a list."""

    id: int
    code: str
    name: str
    state: str
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True)
class CommitteeOf:
    """A committee of a cycle with how many are on it."""

    id: int
    name: str
    members: int


@dataclass(frozen=True)
class OptOutRow:
    """Somebody who said "not now", with the reason for those who may read it."""

    name: str
    reason: str


@dataclass(frozen=True)
class ViewRow:
    """A view of a cycle's cases that the reader keeps: its name, and the query of the page."""

    id: int
    name: str
    address: str


@dataclass(frozen=True)
class CycleDetail:
    """A cycle: its calendar, what it pins, its committees, who opted out as far as the reader may know, their views."""

    id: int
    code: str
    name: str
    state: str
    zone: str
    country: str | None
    ladder: str
    ladder_version_id: int
    ladder_digest: str
    workflows: tuple[tuple[str, str, int], ...]  # track, title and version, version id
    dates: tuple[tuple[str, date], ...]
    required_functions: tuple[str, ...]
    eligibility: Mapping[str, Any]
    version: int
    committees: tuple[CommitteeOf, ...]
    opt_outs: tuple[OptOutRow, ...]
    views: tuple[ViewRow, ...]


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
    """Return the cycles, the newest first, before them those without a day yet; drafts only for HR."""
    statement = (
        sa.select(
            Cycle.id,
            Cycle.code,
            Cycle.name,
            Cycle.state,
            sa.func.min(CycleDate.on_day),
            sa.func.max(CycleDate.on_day),
        )
        .outerjoin(CycleDate, CycleDate.cycle_id == Cycle.id)
        .group_by(Cycle.id)
        .order_by(sa.func.max(CycleDate.on_day).desc().nulls_first(), Cycle.id.desc())
    )
    if not actor.has(Role.HR):
        statement = statement.where(Cycle.state != "draft")
    return tuple(CycleRow(*row) for row in session.execute(statement))


def load_dates(session: Session, cycle_id: int) -> dict[str, date]:
    """Return the named days of a cycle."""
    session.flush()
    return {row[0]: row[1] for row in _DATES.rows(session.connection(), {"cycle_id": cycle_id})}


class _Part(NamedTuple):
    """Something that belongs to a cycle: what it is, its name and words, a number, its own number, a day."""

    what: str
    name: str
    words: str
    number: int
    id: int
    day: date


def load_cycle(session: Session, cycle_id: int, actor: Actor) -> CycleDetail:
    """Return one cycle, in one statement; raise NotFound, also for a draft that the actor may not know of.

    Who opted out is told to the manager's manager of each, and to themselves.
    """
    rows = _CYCLE.rows(session.connection(), {"cycle_id": cycle_id, "me": actor.person_id})
    if not rows:
        raise NotFound
    number, code, name, state, zone, country, ladder_id, heard, eligibility, version, *ladder = rows[0][:OWN]
    if state == "draft" and not actor.has(Role.HR):
        raise NotFound
    parts: dict[str, list[_Part]] = defaultdict(list)
    for row in rows:
        part = _Part._make(row[OWN:])
        parts[part.what].append(part)
    ladder_name, ladder_version, digest = ladder
    return CycleDetail(
        id=number,
        code=code,
        name=name,
        state=state,
        zone=zone,
        country=country,
        ladder=f"{ladder_name} {ladder_version}",
        ladder_version_id=ladder_id,
        ladder_digest=digest,
        workflows=tuple((each.name, f"{each.words} {each.number}", each.id) for each in parts["track"]),
        dates=tuple((each.name, each.day) for each in sorted(parts["date"], key=lambda each: (each.day, each.id))),
        required_functions=tuple(heard),
        eligibility=eligibility,
        version=version,
        committees=tuple(CommitteeOf(each.id, each.name, each.number) for each in parts["committee"]),
        opt_outs=tuple(OptOutRow(each.name, each.words) for each in parts["opt_out"]),
        views=tuple(ViewRow(each.id, each.name, each.words) for each in parts["view"]),
    )


def _cycle_statement() -> sa.Select[Any]:
    """Return the statement: the cycle beside each of its parts, those of a kind by name."""
    part = sa.union_all(*_part_selects()).subquery("part")
    columns: tuple[Any, ...] = (
        Cycle.id,
        Cycle.code,
        Cycle.name,
        Cycle.state,
        Cycle.zone,
        Cycle.country,
        Cycle.ladder_version_id,
        Cycle.required_functions,
        Cycle.eligibility,
        Cycle.version,
        LadderVersion.name.label("ladder_name"),
        LadderVersion.version.label("ladder_version"),
        LadderVersion.digest,
    )
    return (
        sa.select(*columns, *part.c)
        .select_from(Cycle)
        .join(LadderVersion, LadderVersion.id == Cycle.ladder_version_id)
        .outerjoin(part, sa.true())
        .where(Cycle.id == CYCLE_ID)
        .order_by(part.c.part_name)
    )


_OF_CYCLE = CycleDate.cycle_id == sa.bindparam("cycle_id", type_=sa.Integer)
_DATES = Ready(lambda: sa.select(CycleDate.name, CycleDate.on_day).where(_OF_CYCLE))
_CYCLE = Ready(_cycle_statement)


def _part_selects() -> list[sa.Select[Any]]:
    manager, track = sa.orm.aliased(Person), CycleWorkflow.track_id
    return [
        _part("track", track, WorkflowVersion.title, number=WorkflowVersion.version, key=WorkflowVersion.id)
        .join(WorkflowVersion, WorkflowVersion.id == CycleWorkflow.workflow_version_id)
        .where(CycleWorkflow.cycle_id == CYCLE_ID),
        _part("date", CycleDate.name, key=CycleDate.id, day=CycleDate.on_day).where(CycleDate.cycle_id == CYCLE_ID),
        _part("committee", Committee.name, number=sa.func.count(CommitteeMember.id), key=Committee.id)
        .outerjoin(CommitteeMember, CommitteeMember.committee_id == Committee.id)
        .where(Committee.cycle_id == CYCLE_ID)
        .group_by(Committee.id, Committee.name),
        _part("opt_out", Person.name, OptOut.reason, key=OptOut.id)
        .join(OptOut, OptOut.person_id == Person.id)
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(OptOut.cycle_id == CYCLE_ID, sa.or_(OptOut.person_id == ME, manager.manager_id == ME)),
        _part("view", KeptView.name, KeptView.address, key=KeptView.id).where(
            KeptView.cycle_id == CYCLE_ID, KeptView.person_id == ME
        ),
    ]


def _part(what: str, name: Any, words: Any = EMPTY, *, number: Any = ZERO, key: Any, day: Any = NEVER) -> Any:
    """Return a select of parts of one kind; what it does not have is empty."""
    return sa.select(
        sa.literal(what).label("what"),
        name.label("part_name"),
        words.label("words"),
        number.label("number"),
        key.label("key"),
        day.label("day"),
    )


@dataclass(frozen=True)
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
