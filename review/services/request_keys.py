"""One effect per rendered form: a key that has been used once is not used again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import RequestKey


def claim(session: Session, key: str | None, *, actor: Actor, now: datetime) -> bool:
    """Take a form's key for this transaction; False when its submission already took effect.

    A second transaction with the same key waits for the first one to end. Without a key there is nothing to claim.
    """
    if not key:
        return True
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"key": key, "person_id": actor.person_id, "at": now}
    statement = (
        insert(RequestKey).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(RequestKey.id)
    )
    return session.execute(statement).first() is not None


def sweep(session: Session, *, before: datetime) -> int:
    """Forget the keys claimed before a moment; return how many."""
    result = session.execute(sa.delete(RequestKey).where(RequestKey.at < before))
    return int(result.rowcount)  # type: ignore[attr-defined]
