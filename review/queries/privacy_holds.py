"""Legal holds: what they cover today, and those that an HR partner who is not involved can see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.values import dataclass
from review.models import Case, Feedback, LegalHold, Person, Rating, Seat
from review.queries.own_part import is_part_of
from review.queries.privacy_requests import is_handled_by


@dataclass(frozen=True)
class HoldRow:
    """A hold on a person or on a case, with who set it and who ended it; `is_on`: nothing may go today."""

    id: int
    about: str
    reason: str
    until_on: date
    set_by: str
    set_at: datetime
    ended_by: str
    ended_at: datetime | None
    is_on: bool


def is_on(today: date) -> sa.ColumnElement[bool]:
    """Return the condition that a hold holds on a day."""
    return sa.and_(LegalHold.ended_at.is_(None), LegalHold.until_on >= today)


def is_person_held(person_id: Any, today: date) -> sa.ColumnElement[bool]:
    """Return the condition that nothing about a person may go; `person_id` is a column or a number."""
    return sa.exists().where(LegalHold.person_id == person_id, is_on(today))


def is_case_held(today: date) -> sa.ColumnElement[bool]:
    """Return the condition that nothing of a case may go: held itself, or somebody who has a part in it."""
    about = sa.or_(LegalHold.case_id == Case.id, has_part(LegalHold.person_id))
    return sa.select(LegalHold.id).where(is_on(today), about).correlate_except(LegalHold).exists()


def has_part(person_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that somebody has a part in a case; `person_id` is a column or a number."""
    written = ((Feedback, Feedback.giver_id), (Rating, Rating.rater_id), (Seat, Seat.person_id))
    return sa.or_(
        Case.candidate_id == person_id,
        Case.manager_id == person_id,
        Case.second_rater_id == person_id,
        *(
            sa.select(table.id).where(table.case_id == Case.id, who == person_id).correlate_except(table).exists()
            for table, who in written
        ),
    )


def list_holds(session: Session, actor: Actor, *, today: date) -> tuple[HoldRow, ...]:
    """Return the holds that an HR partner without a part may see, those that are on first; two statements."""
    if not actor.has(Role.HR):
        return ()
    of_people = sa.and_(LegalHold.person_id.is_not(None), is_handled_by(actor, LegalHold.person_id))
    of_cases = sa.and_(LegalHold.case_id.is_not(None), sa.not_(is_part_of(actor.person_id)))
    found = [*_rows(session, of_people, today), *_rows(session, of_cases, today)]
    return tuple(sorted(found, key=lambda row: (not row.is_on, -row.id)))


def _rows(session: Session, condition: sa.ColumnElement[bool], today: date) -> Iterator[HoldRow]:
    setter, ender = aliased(Person), aliased(Person)
    rows = session.execute(
        sa.select(LegalHold, sa.func.coalesce(Person.name, Case.code), setter.name, ender.name)
        .outerjoin(Person, Person.id == LegalHold.person_id)
        .outerjoin(Case, Case.id == LegalHold.case_id)
        .join(setter, setter.id == LegalHold.set_by_id)
        .outerjoin(ender, ender.id == LegalHold.ended_by_id)
        .where(condition)
    )
    for row, about, by, ended_by in rows:
        holds = row.ended_at is None and row.until_on >= today
        yield HoldRow(row.id, about, row.reason, row.until_on, by, row.set_at, ended_by or "", row.ended_at, holds)
