"""What a person is asked: feedback to give or to agree to, letters of their own to read, in HR requests for data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.values import dataclass
from review.models import Case, Feedback, Letter, Person
from review.queries.fixed_words import fixed
from review.queries.navigation import TO_WRITE
from review.queries.own_case_rows import ME, MOST_KEPT, Mine, me_and, values_of
from review.queries.privacy_requests import pick_waiting
from review.queries.ready import Ready

DAYS_OF_LETTER = 30
"""So long a letter that ends a case is on the list: nobody keeps a record of whether it was read."""
LETTER = "letter"
NO_DAY: tuple[Any, Any] = (sa.cast(sa.null(), sa.Date), sa.cast(sa.null(), sa.String))
"""The day and the zone of what is no request for data."""


@dataclass(frozen=True)
class Asked:
    """A request that somebody is to answer, or to approve; or a letter that ended their own case, to be read.

    Where somebody asks HR for their data, `day` and `zone` say until when, and all else but the id is empty.
    """

    id: int
    case_id: int
    code: str
    candidate: str
    state: str
    due_at: datetime | None
    day: date | None
    zone: str | None


def load_asked(session: Session, actor: Actor, now: datetime) -> tuple[Asked, ...]:
    """Return what the actor is asked; one statement for any number."""
    values = {**values_of(actor), "since": now - timedelta(days=DAYS_OF_LETTER)}
    rows = _ready_asked(len(actor.delegators), is_hr=actor.has(Role.HR)).rows(session.connection(), values)
    return tuple(Asked(*row) for row in rows)


@lru_cache(MOST_KEPT)
def _ready_asked(delegators: int, *, is_hr: bool) -> Ready:
    """Return the statement of what is asked, spelt out once for all who act for so many, in HR and elsewhere."""
    return Ready(lambda: _select_asked(me_and(delegators), is_hr=is_hr))


def _select_asked(mine: Mine, *, is_hr: bool) -> sa.CompoundSelect[Any]:
    asked, case = aliased(Feedback), aliased(Case)
    to_give = sa.select(asked.id).where(asked.giver_id == ME, asked.state.in_(fixed(TO_WRITE)))
    to_approve = sa.select(asked.id).join(case, case.id == asked.case_id)
    to_approve = to_approve.where(
        case.manager_id.in_(mine), asked.state == "proposed", asked.is_hidden_from_manager.is_(False)
    )
    theirs = Feedback.id.in_(to_give.union_all(to_approve))  # each by an index; either in one condition reads all
    columns: tuple[Any, ...] = (
        Feedback.id,
        Feedback.case_id,
        Case.code,
        Person.name,
        Feedback.state,
        Feedback.due_at,
        *NO_DAY,
    )
    asked_of = (
        sa.select(*columns)
        .join(Case, Case.id == Feedback.case_id)
        .join(Person, Person.id == Case.candidate_id)
        .where(Case.closed_at.is_(None), Case.candidate_id != ME, theirs)
    )
    for_data = [_select_for_data()] if is_hr else []
    return asked_of.union_all(_select_letters(), *for_data).order_by(sa.literal_column("1"))


def _select_letters() -> sa.Select[Any]:
    """Return the select of the letters with which cases of somebody's own have ended."""
    since = sa.bindparam("since", type_=Letter.released_at.type)
    columns: tuple[Any, ...] = (Letter.id, Case.id, Case.code, sa.literal_column("''"), sa.literal_column("'letter'"))
    return (
        sa.select(*columns, sa.null(), *NO_DAY)
        .join(Case, Case.id == Letter.case_id)
        .where(Case.candidate_id == ME, Letter.released_at >= since, Case.closed_at <= Letter.released_at)
    )


def _select_for_data() -> sa.Select[Any]:
    """Return the select of the requests for data that wait for somebody of HR."""
    waiting = pick_waiting(ME).subquery()
    number, day, zone = waiting.c
    empty: Any = sa.literal_column("''")
    return sa.select(number, sa.literal_column("0"), empty, empty, empty, sa.null(), day, zone)
