"""The cases of a cycle, for HR who runs it: how many stand where, and a narrowed page of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.models import Case, CaseToken, Committee, Person, WorkflowVersion
from review.queries.own_part import is_part_of
from review.queries.people_words import has_word, split_words
from review.queries.pinned import find_definition

PAGE_SIZE = 50
CYCLE_ID, ME = sa.bindparam("cycle_id", type_=sa.Integer), sa.bindparam("me", type_=sa.Integer)
IS_LATE = CaseToken.due_at < sa.bindparam("today", type_=CaseToken.due_at.type)


@dataclass(frozen=True, slots=True)
class CaseSearch:
    """Which cases; empty for all. Words are looked for in code, name, title and function. Page 0 is the whole list."""

    words: str = ""
    state: str = ""
    committee_id: int | None = None
    is_late: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case: who, which move, where it stands and until when."""

    id: int
    code: str
    candidate: str
    function: str
    from_level_id: str | None
    to_level_id: str
    state: str  # its title in the workflow of the case
    due_on: date | None
    committee: str


@dataclass(frozen=True, slots=True)
class StageRow:
    """A state with how many of all cases are in it, and how many of them are late."""

    state_id: str
    title: str
    count: int
    late: int


@dataclass(frozen=True, slots=True)
class CycleCases:
    """All stages of a cycle, and a page of the cases that fit; the whole list comes without the stages."""

    stages: tuple[StageRow, ...] = ()
    lines: tuple[CaseLine, ...] = ()
    total: int = 0
    page: int = 1

    @property
    def count(self) -> int:
        """Return how many cases the cycle has for this reader, narrowed or not."""
        return sum(stage.count for stage in self.stages)


def load_cycle_cases(
    session: Session, cycle_id: int, actor: Actor, wanted: CaseSearch, *, today: date, zone: ZoneInfo
) -> CycleCases:
    """Return where the cases of a cycle stand and which fit, in two statements; nothing for everybody but HR.

    Cases that the actor is part of, or close to, are left out of the list and of each count. A page beyond the last one
    is the first.
    """
    if not actor.has(Role.HR):
        return CycleCases()
    values = {"cycle_id": cycle_id, "me": actor.person_id, "today": datetime.combine(today, time.min, zone)}
    skipped = (wanted.page - 1) * PAGE_SIZE
    statement, conditions = _select_lines(is_paged=wanted.page > 0), _conditions(wanted)
    if conditions:  # without any, the stages tell how many there are
        statement = statement.where(*conditions).add_columns(sa.func.count().over())
    rows = session.execute(statement, values | {"skipped": skipped} if wanted.page else values).all()
    if not rows and wanted.page > 1:
        return load_cycle_cases(session, cycle_id, actor, replace(wanted, page=1), today=today, zone=zone)
    versions = {(row.workflow_version_id, row.digest) for row in rows}
    titles = {version_id: _titles(session, version_id, digest) for version_id, digest in versions}
    lines = tuple(_line(row, titles, zone) for row in rows)
    stages = _count_stages(session, values) if wanted.page else ()
    total = (rows[0][-1] if rows else 0) if conditions else sum(stage.count for stage in stages) or len(lines)
    return CycleCases(stages, lines, total, wanted.page)


@cache
def _select_lines(*, is_paged: bool) -> sa.Select[Any]:
    """Return the statement of the cases; built once, narrowed where it is wanted."""
    columns: tuple[Any, ...] = (
        Case.id,
        Case.code,
        Person.name,
        Person.function,
        Case.from_level_id,
        Case.to_level_id,
        Case.state,
        Case.workflow_version_id,
        WorkflowVersion.digest,
        CaseToken.due_at,
        sa.func.coalesce(Committee.name, ""),
    )
    statement = (
        sa.select(*columns)
        .select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
        .outerjoin(Committee, Committee.id == Case.committee_id)
        .where(Case.cycle_id == CYCLE_ID, sa.not_(is_part_of(ME)))
        .order_by(Case.code, Case.id)
    )
    return statement.limit(PAGE_SIZE).offset(sa.bindparam("skipped", type_=sa.Integer)) if is_paged else statement


def _conditions(wanted: CaseSearch) -> list[sa.ColumnElement[bool]]:
    words = split_words(wanted.words)
    found = [sa.or_(has_word(word), Case.code.icontains(word, autoescape=True)) for word in words]
    if wanted.state:
        found.append(Case.state == wanted.state)
    if wanted.committee_id is not None:
        found.append(Case.committee_id == wanted.committee_id)
    if wanted.is_late:
        found.append(IS_LATE)
    return found


def _count_stages(session: Session, values: dict[str, Any]) -> tuple[StageRow, ...]:
    """Count by state, in the order of the workflow; a state that two workflows share is one stage."""
    found: dict[str, tuple[int, StageRow]] = {}
    for version_id, digest, state, count, number_late in session.execute(_stages(), values):
        states = find_definition(session, version_id, digest).states
        place, same = found.get(state, (list(states).index(state), StageRow(state, states[state].title, 0, 0)))
        found[state] = place, replace(same, count=same.count + count, late=same.late + number_late)
    return tuple(stage for _, stage in sorted(found.values(), key=lambda each: each[0]))


@cache
def _stages() -> sa.Select[Any]:
    """Return the statement that counts all cases of a cycle by workflow and state, built once."""
    columns = Case.workflow_version_id, WorkflowVersion.digest, Case.state
    late = sa.func.coalesce(sa.func.sum(sa.case((IS_LATE, 1), else_=0)), 0)
    return (
        sa.select(*columns, sa.func.count(), late)
        .select_from(Case)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
        .where(Case.cycle_id == CYCLE_ID, sa.not_(is_part_of(ME)))
        .group_by(*columns)
    )


def _titles(session: Session, version_id: int, digest: str) -> dict[str, str]:
    states = find_definition(session, version_id, digest).states
    return {each: state.title for each, state in states.items()}


def _line(row: Any, titles: dict[int, dict[str, str]], zone: ZoneInfo) -> CaseLine:
    number, code, name, function, start, target, state, version_id, _digest, due_at, committee, *_ = row
    due_on = None if due_at is None else due_at.astimezone(zone).date()
    return CaseLine(number, code, name, function, start, target, titles[version_id][state], due_on, committee)
