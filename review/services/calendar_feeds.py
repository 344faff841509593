"""The secret address under which a calendar program asks for somebody's dates: made, made anew, taken back."""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import CalendarFeed, Person
from review.services import audit
from review.services.first_writes import write_over
from review.services.sign_ins import digest_token

TOKEN_BYTES = 32


def make_feed(session: Session, *, actor: Actor, now: datetime) -> str:
    """Return a new secret for the actor's own calendar; the one before opens nothing any more."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"person_id": actor.person_id, "token_hash": digest_token(token), "created_at": now}
    anew = ("token_hash", "created_at")
    session.execute(write_over(session, CalendarFeed, values, unique=("person_id",), change=anew))
    _record(session, "calendar.make", actor, now)
    return token


def revoke_feed(session: Session, *, actor: Actor, now: datetime) -> None:
    """Take the actor's own calendar back: its address opens nothing any more."""
    session.execute(sa.delete(CalendarFeed).where(CalendarFeed.person_id == actor.person_id))
    _record(session, "calendar.revoke", actor, now)


def find_owner(session: Session, token: str) -> int | None:
    """Return whose calendar a secret opens; None for a wrong one and for somebody who has left."""
    owner = sa.select(Person.id).join(CalendarFeed, CalendarFeed.person_id == Person.id)
    return session.scalar(owner.where(CalendarFeed.token_hash == digest_token(token), Person.is_active))


def has_feed(session: Session, actor: Actor) -> bool:
    """Tell whether the actor has a calendar that programs ask for."""
    own = sa.select(CalendarFeed.id).where(CalendarFeed.person_id == actor.person_id)
    return session.scalar(own) is not None


def _record(session: Session, kind: str, actor: Actor, now: datetime) -> None:
    audit.record(session, kind, actor=actor, now=now, subject_type="person", subject_id=actor.person_id)
