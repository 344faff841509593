"""One effect per rendered form: a key that has been used once is not used again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.request_key import fold_key
from review.models import RequestKey
from review.services.first_writes import insert_once


def claim(session: Session, key: str | None, *, actor: Actor, now: datetime) -> bool:
    """Take a form's key for this transaction; False when its submission already took effect.

    A second transaction with the same key waits for the first one to end. Without a key there is nothing to claim.
    """
    if not key:
        return True
    values = {"key": fold_key(key), "person_id": actor.person_id, "at": now}
    statement = insert_once(session, RequestKey, values).returning(RequestKey.id)
    return session.execute(statement).first() is not None


def sweep(session: Session, *, before: datetime) -> int:
    """Forget the keys claimed before a moment; return how many."""
    result = session.execute(sa.delete(RequestKey).where(RequestKey.at < before))
    return int(result.rowcount)  # type: ignore[attr-defined]
