"""The end of a person's key: what the trail tells in detail about them can be read by nobody any more."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

from review.models import PersonKey
from review.services.audit_head import forget_keys, lock_head
from review.services.first_writes import insert_once


def erase_key(session: Session, person_id: int) -> bool:
    """Erase the key of the details about a person, for good; tell whether there was one.

    The events stay and the trail still verifies: who, when, what kind of thing, on which case. Their details (ids,
    codes and counts) are told by nobody any more. What happens afterwards with the person is told under the
    installation's own key. It locks the end of the trail, so it comes after all other locks, directly before the event
    that tells of the erasure; that event is the caller's.
    """
    lock_head(session)
    row = {"person_id": person_id, "wrapped": None}
    session.execute(insert_once(session, PersonKey, row, unique=("person_id",)))
    living = sa.update(PersonKey).where(PersonKey.person_id == person_id, PersonKey.wrapped.is_not(None))
    erased: CursorResult[Any] = session.execute(living.values(wrapped=None))  # type: ignore[assignment]
    forget_keys(session)
    return erased.rowcount == 1
