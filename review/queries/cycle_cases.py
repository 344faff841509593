"""The cases of a cycle, for HR who runs it: how many stand where, and a narrowed and sorted page of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.board import STALL_DAYS, Holder, Turns
from review.domain.workflow import Definition
from review.models import Case, CaseToken, Committee, Person, WorkflowVersion
from review.queries.cycle_turns import CaseTurn, add_turns, make_turn_reader
from review.queries.own_part import is_part_of
from review.queries.people_words import has_word, split_words
from review.queries.pinned import find_definition

PAGE_SIZE = 50
MOST_KEPT = 64
"""Statements of lists, narrowed and sorted one way or another, that a process keeps ready."""
CYCLE_ID, ME = sa.bindparam("cycle_id", type_=sa.Integer), sa.bindparam("me", type_=sa.Integer)
IS_LATE = CaseToken.due_at < sa.bindparam("today", type_=CaseToken.due_at.type)
HAS_NOT_MOVED = sa.func.coalesce(Case.moved_at, Case.created_at) < sa.bindparam("still", type_=Case.created_at.type)
IS_STALLED = sa.and_(Case.closed_at.is_(None), sa.or_(sa.func.coalesce(IS_LATE, sa.false()), HAS_NOT_MOVED))
SORTS = ("candidate", "move", "stage", "age", "until", "committee")
"""What a list is sorted by, a minus before it for the other way round; without one, what stands still comes first."""


@dataclass(frozen=True, slots=True)
class CaseSearch:
    """Which cases; empty for all. Words are looked for in code, name, title and function. Page 0 is the whole list.

    `only`: of these cases alone, by number. `sort`: one of SORTS, a minus before it for the other way round.
    """

    words: str = ""
    state: str = ""
    committee_id: int | None = None
    is_late: bool = False
    is_stalled: bool = False
    sort: str = ""
    only: tuple[int, ...] | None = None
    page: int = 1


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
    turn: CaseTurn | None
    holders: tuple[Holder, ...]  # whose turn it is


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
    since = datetime.combine(today, time.min, zone)
    values: dict[str, Any] = {"cycle_id": cycle_id, "me": actor.person_id}
    values |= {"today": since, "still": since - timedelta(days=STALL_DAYS)}
    stages = _count_stages(session, values) if wanted.page or wanted.sort.endswith("stage") else ()
    values |= {"offset": (wanted.page - 1) * PAGE_SIZE, "only": wanted.only}
    alike = replace(wanted, page=min(wanted.page, 1), only=None if wanted.only is None else ())
    statement = _select_cases(alike, tuple(levels), tuple(stage.state_id for stage in stages))
    rows = session.execute(statement, values).all()
    if not rows and wanted.page > 1:
        first = replace(wanted, page=1)
        return load_cycle_cases(session, cycle_id, actor, first, today=today, zone=zone, levels=levels)
    lines = _lines(session, rows, zone)
    total = (rows[0].total or sum(stage.count for stage in stages) or len(lines)) if rows else 0
    return CycleCases(stages if wanted.page else (), lines, total, wanted.page)


@lru_cache(MOST_KEPT)
def _select_cases(wanted: CaseSearch, levels: tuple[str, ...], stage_ids: tuple[str, ...]) -> sa.Select[Any]:
    """Return the statement of the cases that fit, built once for all pages that are narrowed and sorted alike.

    Which page, and of which cases alone, are its parameters: `offset` and `only`.
    """
    order = _order(wanted.sort, {"move": levels, "stage": stage_ids})
    picked = _pick(wanted, order).where(*_conditions(wanted)).subquery("picked")
    statement = _select_lines().join(picked, picked.c.id == Case.id).order_by(picked.c.place)
    return add_turns(statement).add_columns(picked.c.total)


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
        CaseToken.entered_at,
        CaseToken.due_at,
        IS_STALLED.label("is_stalled"),
        sa.func.coalesce(Committee.name, "").label("committee"),
    )
    return (
        sa.select(*columns)
        .select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
        .outerjoin(Committee, Committee.id == Case.committee_id)
    )


def _pick(wanted: CaseSearch, order: list[Any]) -> sa.Select[Any]:
    """Return the statement of which cases stand on the page, and in which place; the rest is read of these alone.

    How many fit is counted only where the cases are narrowed: else the stages tell it.
    """
    place, count = sa.func.row_number().over(order_by=order), sa.func.count().over()
    total = count if _conditions(wanted) else sa.literal(0)
    picked = sa.select(Case.id, place.label("place"), total.label("total")).select_from(Case)
    picked = picked.outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
    if wanted.words or wanted.sort.endswith("candidate"):
        picked = picked.join(Person, Person.id == Case.candidate_id)
    if wanted.sort.endswith("committee"):
        picked = picked.outerjoin(Committee, Committee.id == Case.committee_id)
    picked = picked.where(Case.cycle_id == CYCLE_ID, sa.not_(is_part_of(ME))).order_by(sa.literal_column("place"))
    return picked.limit(PAGE_SIZE).offset(sa.bindparam("offset", type_=sa.Integer)) if wanted.page else picked


def _order(sort: str, places: Mapping[str, Sequence[str]]) -> list[Any]:
    """Return what to sort by; what says the same stands by day and code, and what has no day last."""
    rest = [CaseToken.due_at.asc().nulls_last(), Case.code, Case.id]
    name = sort.removeprefix("-")
    if name not in SORTS:
        return [sa.case((IS_STALLED, 0), else_=1), *rest]
    columns: dict[str, Any] = {
        "candidate": sa.func.lower(Person.name),
        "move": _place_in(places["move"], Case.to_level_id),
        "stage": _place_in(places["stage"], Case.state),
        "age": CaseToken.entered_at,
        "until": CaseToken.due_at,
        "committee": sa.func.nullif(sa.func.coalesce(Committee.name, ""), ""),
    }
    column = columns[name]
    return [(column.desc() if sort.startswith("-") else column.asc()).nulls_last(), *rest]


def _place_in(known: Sequence[str], column: Any) -> sa.ColumnElement[Any]:
    places = {value: place for place, value in enumerate(known)}
    return sa.case(places, value=column, else_=len(places)) if places else sa.literal(0)


def _conditions(wanted: CaseSearch) -> list[sa.ColumnElement[bool]]:
    words = split_words(wanted.words)
    found = [sa.or_(has_word(word), Case.code.icontains(word, autoescape=True)) for word in words]
    if wanted.state:
        found.append(Case.state == wanted.state)
    if wanted.committee_id is not None:
        found.append(Case.committee_id == wanted.committee_id)
    if wanted.is_late:
        found.append(IS_LATE)
    if wanted.is_stalled:
        found.append(IS_STALLED)
    if wanted.only is not None:
        found.append(Case.id.in_(sa.bindparam("only", type_=sa.Integer, expanding=True)))
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


def _lines(session: Session, rows: Sequence[Any], zone: ZoneInfo) -> tuple[CaseLine, ...]:
    """Return the rows as lines; what many of them share, a day or the roles whose turn it is, is found once."""
    looked, read_turn = Turns(), make_turn_reader()

    @cache
    def tell_day(moment: datetime | None) -> date | None:
        return None if moment is None else moment.astimezone(zone).date()

    def tell(row: Any) -> CaseLine:
        number, code, name, function, start, to, state, version, digest, entered_at, due_at, still, committee, *more = (
            row
        )
        definition, turn = find_definition(session, version, digest), read_turn(more)
        return CaseLine(
            id=number,
            code=code,
            candidate=name,
            function=function,
            from_level_id=start,
            to_level_id=to,
            state_id=state,
            state=definition.states[state].title,
            entered_on=tell_day(entered_at),
            due_on=tell_day(due_at),
            is_stalled=bool(still),
            committee=committee,
            definition=definition,
            turn=turn,
            holders=looked.find(definition, turn.parts) if turn is not None else (),
        )

    return tuple(map(tell, rows))
