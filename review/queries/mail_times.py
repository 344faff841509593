"""When the readers of waiting mails may get them: their zone, working days and quiet hours."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.mail_times import MailHours
from review.domain.schedule import Calendar
from review.domain.working_days import holidays_of
from review.models import Case, Cycle, Message, Person


def select_with_hours(*columns: Any) -> sa.Select[Any]:
    """Return a SELECT of waiting messages with what hours_of() needs as the last four columns."""
    return (
        sa.select(
            *columns,
            sa.func.coalesce(Person.zone, Cycle.zone),
            sa.func.coalesce(Person.country, Cycle.country),
            Person.quiet_from,
            Person.quiet_until,
        )
        .select_from(Message)
        .join(Person, Person.id == Message.to_person_id)
        .outerjoin(Case, Case.id == Message.case_id)
        .outerjoin(Cycle, Cycle.id == Case.cycle_id)
        .where(Message.sent_at.is_(None), Message.dropped_at.is_(None))
    )


def hours_of(row: Any, *, zone: str, now: datetime) -> MailHours:
    """Return a reader's hours from a row of select_with_hours().

    Args:
        zone: the installation's, for who has none in a mail about no case.
    """
    own_zone, country, quiet_from, quiet_until = row[-4:]
    calendar = Calendar(ZoneInfo(own_zone or zone), holidays_of(country, now.year - 1))
    return MailHours(calendar, quiet_from, quiet_until)


def find_quiet_hours(session: Session, actor: Actor) -> tuple[int | None, int | None]:
    """Return the full hours between which the actor gets no mail; both None where there are none."""
    own = sa.select(Person.quiet_from, Person.quiet_until).where(Person.id == actor.person_id)
    row = session.execute(own).first()
    return (None, None) if row is None else (row.quiet_from, row.quiet_until)
