"""The cases of a cycle, for HR who runs it: how many stand where, and a narrowed page of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.models import Case, CaseToken, Committee, Person
from review.queries.own_part import is_part_of
from review.queries.people import has_word, split_words
from review.queries.pinned import load_definition

PAGE_SIZE = 50


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
    """All stages of a cycle, and a page of the cases that fit."""

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
    is_late = CaseToken.due_at < datetime.combine(today, time.min, zone)
    everything = [Case.cycle_id == cycle_id, sa.not_(is_part_of(actor.person_id))]
    rows = session.execute(_select_lines([*everything, *_conditions(wanted, is_late)], wanted.page)).all()
    if not rows and wanted.page > 1:
        return load_cycle_cases(session, cycle_id, actor, replace(wanted, page=1), today=today, zone=zone)
    lines = tuple(_line(session, row, zone) for row in rows)
    total = rows[0].total if rows else 0
    return CycleCases(_count_stages(session, everything, is_late), lines, total, wanted.page)


def _select_lines(conditions: list[Any], page: int) -> sa.Select[Any]:
    """Select a page of the cases that fit, each with how many fit in all."""
    statement = _joined(
        Case.id,
        Case.code,
        Person.name,
        Person.function,
        Case.from_level_id,
        Case.to_level_id,
        Case.state,
        Case.workflow_version_id,
        CaseToken.due_at,
        sa.func.coalesce(Committee.name, ""),
        sa.func.count().over().label("total"),
    )
    statement = statement.where(*conditions).order_by(Case.code, Case.id)
    return statement.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE) if page else statement


def _joined(*columns: Any) -> sa.Select[Any]:
    """Select from cases with the candidate, the token of the main region and the committee."""
    return (
        sa.select(*columns)
        .select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
        .outerjoin(Committee, Committee.id == Case.committee_id)
    )


def _conditions(wanted: CaseSearch, is_late: sa.ColumnElement[bool]) -> list[sa.ColumnElement[bool]]:
    words = split_words(wanted.words)
    found = [sa.or_(has_word(word), Case.code.icontains(word, autoescape=True)) for word in words]
    if wanted.state:
        found.append(Case.state == wanted.state)
    if wanted.committee_id is not None:
        found.append(Case.committee_id == wanted.committee_id)
    if wanted.is_late:
        found.append(is_late)
    return found


def _count_stages(session: Session, everything: list[Any], is_late: sa.ColumnElement[bool]) -> tuple[StageRow, ...]:
    """Count by state, in the order of the workflow; a state that two workflows share is one stage."""
    columns = Case.workflow_version_id, Case.state
    late = sa.func.coalesce(sa.func.sum(sa.case((is_late, 1), else_=0)), 0)
    counted = session.execute(_joined(*columns, sa.func.count(), late).where(*everything).group_by(*columns))
    found: dict[str, tuple[int, StageRow]] = {}
    for version_id, state, count, number_late in counted:
        states = load_definition(session, version_id).states
        place, same = found.get(state, (list(states).index(state), StageRow(state, states[state].title, 0, 0)))
        found[state] = place, replace(same, count=same.count + count, late=same.late + number_late)
    return tuple(stage for _, stage in sorted(found.values(), key=lambda each: each[0]))


def _line(session: Session, row: Any, zone: ZoneInfo) -> CaseLine:
    number, code, name, function, start, target, state, version_id, due_at, committee, _ = row
    title = load_definition(session, version_id).states[state].title
    due_on = None if due_at is None else due_at.astimezone(zone).date()
    return CaseLine(number, code, name, function, start, target, title, due_on, committee)
