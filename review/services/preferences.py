"""What people set for themselves: language, time zone, and the hours without mail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import Person
from review.services import audit


def set_own_hours(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    locale: str | None,
    zone: str | None,
    quiet: tuple[int, int] | None,
) -> None:
    """Write the actor's own language, time zone and hours without mail; None leaves it to the installation.

    Args:
        quiet: the full hours from and until which no mail comes.
    """
    quiet_from, quiet_until = quiet or (None, None)
    own = {"locale": locale, "zone": zone, "quiet_from": quiet_from, "quiet_until": quiet_until}
    values = sa.update(Person).where(Person.id == actor.person_id).values(own)
    session.execute(values)
    audit.record(session, "person.preferences", actor=actor, now=now, subject_type="person", subject_id=actor.person_id)
