"""What people set for themselves: language and time zone."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import Person
from review.services import audit


def set_language_and_zone(
    session: Session, *, actor: Actor, now: datetime, locale: str | None, zone: str | None
) -> None:
    """Write the actor's own language and time zone; None means the installation's."""
    values = sa.update(Person).where(Person.id == actor.person_id).values(locale=locale, zone=zone)
    session.execute(values)
    audit.record(session, "person.preferences", actor=actor, now=now, subject_type="person", subject_id=actor.person_id)
