"""The cases of a cycle, for HR who runs it: how many stand where, and a narrowed and sorted page of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.board import STALL_DAYS
from review.domain.values import dataclass
from review.domain.workflow import Definition
from review.models import Case, CaseToken, Committee, Person, WorkflowVersion
from review.queries.cycle_narrowing import (
    IS_STALLED,
    CaseSearch,
    narrow_cases,
    order_cases,
)
from review.queries.cycle_pages import are_in_cycle, find_size, pick_page
from review.queries.cycle_stages import StageRow, count_stages
from review.queries.cycle_turns import CaseTurn, add_turns, make_turn_reader
from review.queries.pinned import find_definition
from review.queries.reach import find_reach
from review.queries.ready import Ready

WHOLE = 0
"""Instead of a page: all of the list."""
OWN = 13
"""How many columns of a row are the case's own; whose turn it is follows."""
MOST_KEPT = 64
"""Statements of lists, narrowed and sorted one way or another, that a process keeps ready."""


class CaseLine(NamedTuple):
    """One case: who, which move, where it stands, whose turn it is, since when and until when."""

    id: int
    code: str
    candidate: str
    function: str
    from_level_id: str | None
    to_level_id: str
    state_id: str
    state: str  # its title in the workflow of the case
    entered_on: date | None
    due_on: date | None
    is_stalled: bool
    committee: str
    definition: Definition
    turn: CaseTurn | None  # whose turn it is


@dataclass(frozen=True)
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
    session: Session,
    cycle_id: int,
    actor: Actor,
    wanted: CaseSearch,
    *,
    today: date,
    zone: ZoneInfo,
    levels: Sequence[str] = (),
) -> CycleCases:
    """Return where the cases of a cycle stand and which fit, in two statements; nothing for everybody but HR.

    Cases that the actor is part of, or close to, are left out of the list and of each count. A page beyond the last one
    is the first.

    Args:
        levels: of the ladder, in its order, by which moves are sorted.
    """
    if not actor.has(Role.HR):
        return CycleCases()
    values = fill_in(cycle_id, actor, today, zone)
    stages = count_stages(session, values)
    alike = replace(wanted, page=find_reach(wanted.page)), tuple(levels), tuple(stage.state_id for stage in stages)
    values |= {"offset": (wanted.page - 1) * find_size(wanted)}
    if wanted.words:  # others are looked for each time: not worth spelling a statement out
        rows: Sequence[Any] = session.connection().execute(_select_cases(*alike), values).all()
    else:
        rows = _ready_cases(*alike).rows(session.connection(), values)
    if not rows and wanted.page > 1:
        first = replace(wanted, page=1)
        return load_cycle_cases(session, cycle_id, actor, first, today=today, zone=zone, levels=levels)
    total = (rows[0][-1] or sum(stage.count for stage in stages)) if rows else 0
    return CycleCases(stages, tuple(_lines(session, rows, zone)), total, wanted.page)


def read_cycle_cases(
    session: Session,
    cycle_id: int,
    actor: Actor,
    wanted: CaseSearch,
    *,
    today: date,
    zone: ZoneInfo,
    levels: Sequence[str] = (),
) -> Iterator[CaseLine]:
    """Return all cases of a cycle that fit, not a page of them; they are read at once, and made into lines one by one.

    Who sees what is as in load_cycle_cases().
    """
    if not actor.has(Role.HR):
        return iter(())
    values = fill_in(cycle_id, actor, today, zone)
    stages = count_stages(session, values) if wanted.sort.endswith("stage") else ()
    alike = replace(wanted, page=WHOLE, only=None if wanted.only is None else ())
    statement = _select_cases(alike, tuple(levels), tuple(stage.state_id for stage in stages))
    plain = session.connection()  # rows as they are: no entity is among them
    return _lines(session, plain.execute(statement, {**values, "only": wanted.only}).all(), zone)


def fill_in(cycle_id: int, actor: Actor, today: date, zone: ZoneInfo) -> dict[str, Any]:
    """Return the values for the parameters of the statements: of which cycle, for whom, and from when on it is late."""
    since = datetime.combine(today, time.min, zone)
    still = since - timedelta(days=STALL_DAYS)
    return {"cycle_id": cycle_id, "me": actor.person_id, "today": since, "still": still}


@lru_cache(MOST_KEPT)
def _select_cases(wanted: CaseSearch, levels: tuple[str, ...], stage_ids: tuple[str, ...]) -> sa.Select[Any]:
    """Return the statement of the cases that fit, built once for all pages that are narrowed and sorted alike.

    Which page, and of which cases alone, are its parameters: `offset` and `only`.
    """
    order = order_cases(wanted.sort, {"move": levels, "stage": stage_ids})
    lines = add_turns(_select_lines())
    if wanted.page == WHOLE:
        return lines.where(*are_in_cycle(), *narrow_cases(wanted)).order_by(*order)
    picked = pick_page(wanted, order).subquery("picked")
    return lines.add_columns(picked.c.total).join(picked, picked.c.id == Case.id).order_by(*order)


@lru_cache(MOST_KEPT)
def _ready_cases(wanted: CaseSearch, levels: tuple[str, ...], stage_ids: tuple[str, ...]) -> Ready:
    return Ready(lambda: _select_cases(wanted, levels, stage_ids))


@cache
def _select_lines() -> sa.Select[Any]:
    """Return the statement of the cases, built once, to be joined with those that are picked."""
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
        sa.type_coerce(CaseToken.entered_at, sa.DateTime),
        sa.type_coerce(Case.due_at, sa.DateTime),
        IS_STALLED.label("is_stalled"),
        sa.func.coalesce(Committee.name, "").label("committee"),
    )
    return join_lines(sa.select(*columns))


def join_lines(statement: sa.Select[Any]) -> sa.Select[Any]:
    """Put beside each case its candidate, workflow, place in the workflow and committee."""
    return (
        statement.select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
        .outerjoin(Committee, Committee.id == Case.committee_id)
    )


def _lines(session: Session, rows: Iterable[Any], zone: ZoneInfo) -> Iterator[CaseLine]:
    """Return the rows as lines; what many of them share, a day or where they stand, is found once."""
    read_turn, definitions = make_turn_reader(), dict[str, Definition]()

    @cache
    def tell_day(moment: datetime | None) -> date | None:
        return None if moment is None else moment.replace(tzinfo=UTC).astimezone(zone).date()

    def tell(row: Any) -> CaseLine:
        number, code, name, function, start, to, state = row[:7]
        version, digest, entered_at, due_at, is_stalled, committee = row[7:OWN]
        definition = definitions.get(digest)
        if definition is None:
            definition = definitions[digest] = find_definition(session, version, digest)
        return CaseLine(
            number,
            code,
            name,
            function,
            start,
            to,
            state,
            definition.states[state].title,
            tell_day(entered_at),
            tell_day(due_at),
            bool(is_stalled),
            committee,
            definition,
            read_turn(definition, row[OWN:]),
        )

    return map(tell, rows)
