"""All requests for feedback of a cycle, for HR who follows them up: state, days late, and what was done about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.chasing import WAITING
from review.domain.errors import NotFound
from review.domain.feedback_request import PEER
from review.domain.phase import Phase
from review.domain.request_mails import REMINDERS
from review.domain.schedule import end_of_day
from review.models import Case, Cycle, Feedback, Message, Person
from review.queries.cycles import load_dates
from review.queries.own_part import is_part_of

PAGE_SIZE = 50
LATE = ("proposed", *sorted(WAITING))
Asked = aliased(Feedback, name="asked")  # is_part_of() has a Feedback of its own


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
    since = datetime.combine(today, time.min, zone)
    return sa.exists().where(
        Message.to_person_id == Asked.giver_id,
        Message.case_id == Asked.case_id,
        Message.template.in_(REMINDERS),
        Message.dropped_at.is_(None),
        sa.or_(Message.sent_at.is_(None), Message.sent_at >= since),
    )


def load_board(session: Session, cycle_id: int, actor: Actor, wanted: ChaseFilter, *, now: datetime) -> ChaseBoard:
    """Return a page of a cycle's requests; the same number of statements for any number of rows.

    Cases that the actor is part of are left out. So are direct reports: they are asked all together, and nobody sees
    which of them has answered. Raises NotFound for everybody but HR.
    """
    cycle = session.get(Cycle, cycle_id) if actor.has(Role.HR) else None
    if cycle is None:
        raise NotFound
    zone = ZoneInfo(cycle.zone)
    today = now.astimezone(zone).date()
    everything = _scope(cycle_id, actor)
    is_late = _is_late(today, zone)
    counts = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((is_late, 1), else_=0)), 0))
    narrowed = [*everything, *_conditions(wanted, is_late)]
    total, late = session.execute(counts.select_from(Asked).join(Case, Case.id == Asked.case_id).where(*narrowed)).one()
    functions = (
        sa.select(Asked.function)
        .join(Case, Case.id == Asked.case_id)
        .where(*everything)
        .distinct()
        .order_by(Asked.function)
    )
    return ChaseBoard(
        cycle_id=cycle.id,
        cycle=cycle.name,
        rows=_load_rows(session, narrowed, wanted, today, zone),
        total=total,
        late=late,
        functions=tuple(session.scalars(functions.order_by(Asked.function))),
        today=today,
        last_on=load_dates(session, cycle_id).get("feedback_deadline"),
    )


def _scope(cycle_id: int, actor: Actor) -> list[Any]:
    """Return which requests there are for this actor; what keeps them out of a case is asked once a case."""
    theirs = sa.select(Case.id).where(Case.cycle_id == cycle_id, is_part_of(actor.person_id)).correlate(None)
    return [Case.cycle_id == cycle_id, Asked.kind == PEER, Case.id.not_in(theirs)]


def _is_late(today: date, zone: ZoneInfo) -> Any:
    """Return the condition that the day of a request is over while somebody is still waited for."""
    is_waiting = sa.and_(Asked.state.in_(LATE), Case.phase == str(Phase.COLLECTING))
    return sa.and_(is_waiting, Asked.due_at < end_of_day(today, zone))


def _conditions(wanted: ChaseFilter, is_late: Any) -> list[Any]:
    found: list[Any] = []
    if wanted.state:
        found.append(Asked.state == wanted.state)
    if wanted.function:
        found.append(Asked.function == wanted.function)
    if wanted.is_late:
        found.append(is_late)
    if wanted.only is not None:
        found.append(Asked.id == wanted.only)
    return found


def _load_rows(
    session: Session, conditions: list[Any], wanted: ChaseFilter, today: date, zone: ZoneInfo
) -> tuple[ChaseRow, ...]:
    candidate, giver, substitute = aliased(Person), aliased(Person), aliased(Person)
    orders: dict[str, list[Any]] = {
        "candidate": [candidate.name],
        "giver": [giver.name],
        "state": [Asked.state],
    }
    is_open = sa.case((Asked.state.in_(LATE), 0), else_=1)
    statement = (
        sa.select(
            Asked.id,
            Asked.case_id,
            Asked.function,
            Asked.state,
            Asked.due_at,
            Asked.substitute_id,
            Case.code,
            Case.phase,
            candidate.name.label("candidate"),
            giver.name.label("giver"),
            substitute.name.label("substitute"),
            reminded(today, zone).label("is_reminded_today"),
        )
        .join(Case, Case.id == Asked.case_id)
        .join(candidate, candidate.id == Case.candidate_id)
        .join(giver, giver.id == Asked.giver_id)
        .outerjoin(substitute, substitute.id == Asked.substitute_id)
        .where(*conditions)
        .order_by(*orders.get(wanted.sort, []), is_open, Asked.due_at, Asked.id)
    )
    if wanted.page:
        statement = statement.limit(PAGE_SIZE).offset((wanted.page - 1) * PAGE_SIZE)
    elif wanted.most:
        statement = statement.limit(wanted.most)
    return tuple(_row(record, today, zone) for record in session.execute(statement))


def _row(row: Any, today: date, zone: ZoneInfo) -> ChaseRow:
    is_open = row.state in LATE and row.phase == Phase.COLLECTING
    due_on = row.due_at.astimezone(zone).date() if row.due_at and is_open else None
    return ChaseRow(
        id=row.id,
        case_id=row.case_id,
        code=row.code,
        phase=Phase(row.phase),
        candidate=row.candidate,
        giver=row.giver,
        function=row.function,
        state=row.state,
        due_on=due_on,
        days_late=max((today - due_on).days, 0) if due_on else 0,
        is_reminded_today=row.is_reminded_today,
        substitute_id=row.substitute_id,
        substitute=row.substitute or "",
    )
