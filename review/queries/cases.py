"""Cases by their number: the row itself, and the row locked for a change."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.models import Case

_LOCKED = (
    sa.select(Case)
    .where(Case.id == sa.bindparam("case_id", type_=sa.Integer))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def get_case(session: Session, case_id: int) -> Case:
    """Return a case; raise NotFound. Whoever shows it must ask the access rules first."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound
    return case


def lock_case(session: Session, case_id: int) -> Case:
    """Lock a case's row until the transaction ends and return it as it is now; raise NotFound.

    Every write under a case begins here, so that two writers come one after the other.
    """
    case = session.scalar(_LOCKED, {"case_id": case_id})
    if case is None:
        raise NotFound
    return case
