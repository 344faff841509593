"""All requests for feedback of a cycle, for HR who follows them up: state, days late, and what was done about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.phase import Phase
from review.domain.request_mails import REMINDERS
from review.domain.schedule import end_of_day
from review.domain.values import dataclass
from review.models import Case, Cycle, CycleDate, Message, Person
from review.queries.chasing_pages import (
    BY_DAY,
    CYCLE_ID,
    LATE,
    ME,
    OFFSET,
    Alike,
    Asked,
    bind,
    count_requests,
    find_conditions,
    find_scope,
    pick_urgent,
)
from review.queries.fixed_words import fixed
from review.queries.own_part import select_part
from review.queries.reach import find_reach
from review.queries.ready import Ready

PAGE_SIZE = 50
SORTS, PEOPLE_SORTS = ("candidate", "giver", "state"), ("candidate", "giver")
"""What a list is sorted by instead of the days, and where people's names are read for it."""


@dataclass(frozen=True)
class ChaseFilter:
    """Which requests, in which order; empty for all. `only`: one request by its number.

    Page 0 is the whole list, or the first of it: as many as `most`.
    """

    state: str = ""
    function: str = ""
    is_late: bool = False
    sort: str = "due"
    page: int = 1
    only: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class ChaseRow:
    """One request as HR sees it; `days_late` is 0 for one that is not late."""

    id: int
    case_id: int
    code: str
    phase: Phase
    candidate: str
    giver: str
    function: str
    state: str
    due_on: date | None
    days_late: int
    is_reminded_today: bool
    substitute_id: int | None
    substitute: str


@dataclass(frozen=True)
class ChaseBoard:
    """A page of the requests of a cycle. `last_on` is the cycle's last day for feedback."""

    cycle_id: int
    cycle: str
    rows: tuple[ChaseRow, ...]
    total: int
    late: int
    functions: tuple[str, ...]
    today: date
    last_on: date | None


def reminded(today: date, zone: ZoneInfo) -> sa.ColumnElement[bool]:
    """Return the condition that a reminder of a request (`Asked`) is on its way or went out today, whoever sent it."""
    return _is_reminded(datetime.combine(today, time.min, zone))


def load_board(session: Session, cycle_id: int, actor: Actor, wanted: ChaseFilter, *, now: datetime) -> ChaseBoard:
    """Return a page of a cycle's requests, in three statements.

    Cases that the actor is part of are left out. So are direct reports: they are asked all together, and nobody sees
    which of them has answered. Raises NotFound for everybody but HR.
    """
    session.flush()
    connection = session.connection()
    cycles = _CYCLE.rows(connection, {"cycle_id": cycle_id}) if actor.has(Role.HR) else ()
    if not cycles:
        raise NotFound
    name, zone_name, last_on = cycles[0]
    zone = ZoneInfo(zone_name)
    today = now.astimezone(zone).date()
    values = {
        "cycle_id": cycle_id,
        "me": actor.person_id,
        "since": datetime.combine(today, time.min, zone),
        "over": end_of_day(today, zone),
        "state": wanted.state,
        "function": wanted.function,
        "only": wanted.only,
    }
    alike = Alike(bool(wanted.state), bool(wanted.function), wanted.is_late, wanted.only is not None)
    counted = count_requests(alike).rows(connection, values)
    most = PAGE_SIZE if wanted.page else wanted.most
    page = max(wanted.page, 1)
    sort = wanted.sort if wanted.sort in SORTS else ""
    values["offset"] = (page - 1) * PAGE_SIZE
    rows = _rows(alike, sort, most, find_reach(page)).rows(connection, values)
    read = _make_reader(today, zone)
    return ChaseBoard(
        cycle_id=cycle_id,
        cycle=name,
        rows=tuple(map(read, rows)),
        total=sum(number for _, number, _ in counted),
        late=sum(late for _, _, late in counted),
        functions=tuple(function for function, *_ in counted if function is not None),
        today=today,
        last_on=last_on,
    )


def _is_reminded(since: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Message.to_person_id == Asked.giver_id,
        Message.case_id == Asked.case_id,
        Message.template.in_(fixed(sorted(REMINDERS))),
        Message.dropped_at.is_(None),
        sa.or_(Message.sent_at.is_(None), Message.sent_at >= since),
    )


@cache
def _rows(alike: Alike, sort: str, most: int | None, pages: int) -> Ready:
    """Return the statement of the requests that fit; of a part of them, which ones is found before more is read.

    Args:
        most: of so many, None for all; `pages`: how far they are read at most.
    """

    def build() -> sa.Select[Any]:
        candidate, giver, substitute = aliased(Person), aliased(Person), aliased(Person)
        orders: dict[str, list[Any]] = dict(zip(SORTS, ([candidate.name], [giver.name], [Asked.state]), strict=True))
        is_open = sa.case((Asked.state.in_(fixed(LATE)), 0), else_=1)
        order: list[Any] = [*orders.get(sort, []), is_open, *BY_DAY]
        columns: tuple[Any, ...] = (
            *(Asked.id, Asked.case_id, Asked.function, Asked.state, Asked.due_at, Asked.substitute_id),
            *(Case.code, Case.phase, candidate.name, giver.name, substitute.name),
            _is_reminded(bind("since", Message.sent_at.type)),
        )

        def join_people(statement: sa.Select[Any]) -> sa.Select[Any]:
            joined = statement.select_from(Asked).join(Case, Case.id == Asked.case_id)
            joined = joined.join(candidate, candidate.id == Case.candidate_id)
            return joined.join(giver, giver.id == Asked.giver_id)

        found = join_people(sa.select(*columns)).outerjoin(substitute, substitute.id == Asked.substitute_id)
        where = (*find_scope(select_part(ME)), *find_conditions(alike))
        if most is None:
            return found.where(*where).order_by(*order)
        if not any(alike) and not sort:
            urgent = pick_urgent(most * pages).limit(most).offset(OFFSET)
            return found.where(Asked.id.in_(urgent)).order_by(*order)
        picked = sa.select(Asked.id).select_from(Asked).join(Case, Case.id == Asked.case_id)
        if sort in PEOPLE_SORTS:
            picked = join_people(sa.select(Asked.id))
        picked = picked.where(*where).order_by(*order).limit(most).offset(OFFSET)
        return found.where(Asked.id.in_(picked.correlate(None))).order_by(*order)

    return Ready(build)


def _cycle() -> sa.Select[Any]:
    """Return the statement of a cycle: its name, its zone and its last day for feedback."""
    is_last = sa.and_(CycleDate.cycle_id == Cycle.id, CycleDate.name == "feedback_deadline")
    columns: tuple[Any, ...] = (Cycle.name, Cycle.zone, CycleDate.on_day)
    return sa.select(*columns).select_from(Cycle).outerjoin(CycleDate, is_last).where(Cycle.id == CYCLE_ID)


_CYCLE = Ready(_cycle)


def _make_reader(today: date, zone: ZoneInfo) -> Callable[[Sequence[Any]], ChaseRow]:
    """Return what reads a row of the statement; a day that many share is found once."""

    @cache
    def find_day(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    def read(row: Sequence[Any]) -> ChaseRow:
        number, case_id, function, state, due_at, substitute_id, code, phase, candidate, giver, substitute, told = row
        is_open = state in LATE and phase == Phase.COLLECTING
        due_on = find_day(due_at) if due_at and is_open else None
        return ChaseRow(
            id=number,
            case_id=case_id,
            code=code,
            phase=Phase(phase),
            candidate=candidate,
            giver=giver,
            function=function,
            state=state,
            due_on=due_on,
            days_late=max((today - due_on).days, 0) if due_on else 0,
            is_reminded_today=bool(told),
            substitute_id=substitute_id,
            substitute=substitute or "",
        )

    return read
