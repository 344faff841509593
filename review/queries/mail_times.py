"""When the readers of waiting mails may get them: their zone, working days and quiet hours."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor
from review.domain.mail_times import DIGESTED, ONE_A_DAY, MailHours
from review.domain.schedule import Calendar
from review.domain.values import dataclass
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


def find_first_lines(session: Session, digests: Collection[int]) -> dict[int, Any]:
    """Return the first line of each digest for hours_of(): where its reader has no zone, the line's cycle has one."""
    if not digests:
        return {}
    lines = select_with_hours(Message.digest_id).where(Message.digest_id.in_(digests)).order_by(Message.id.desc())
    return {line.digest_id: line for line in session.execute(lines)}


@dataclass(frozen=True)
class LastTold:
    """The last mail of those that come once a day: whether one is still to be sent, and when one was."""

    is_waiting: bool
    sent_at: datetime | None

    def leaves_room(self, hours: MailHours, now: datetime) -> bool:
        """Tell whether another such mail may go today, in the reader's zone."""
        if self.is_waiting:
            return False
        day_of = hours.calendar.day_of
        return self.sent_at is None or day_of(self.sent_at) < day_of(now)


def find_last_told(session: Session) -> dict[int, LastTold]:
    """Return what each person who has a line waiting for a digest was told last; one statement."""
    line, is_open = aliased(Message), sa.and_(Message.sent_at.is_(None), Message.dropped_at.is_(None))
    waits = sa.select(line.to_person_id).where(
        line.template.in_(DIGESTED), line.digest_id.is_(None), line.sent_at.is_(None), line.dropped_at.is_(None)
    )
    rows = session.execute(
        sa.select(Message.to_person_id, sa.func.max(sa.case((is_open, 1), else_=0)), sa.func.max(Message.sent_at))
        .where(Message.template.in_(ONE_A_DAY), Message.to_person_id.in_(waits))
        .group_by(Message.to_person_id)
    )
    return {person: LastTold(bool(is_waiting), sent_at) for person, is_waiting, sent_at in rows}


def find_quiet_hours(session: Session, actor: Actor) -> tuple[int | None, int | None]:
    """Return the full hours between which the actor gets no mail; both None where there are none."""
    own = sa.select(Person.quiet_from, Person.quiet_until).where(Person.id == actor.person_id)
    row = session.execute(own).first()
    return (None, None) if row is None else (row.quiet_from, row.quiet_until)
