"""Seats of the committee from which a granted appeal took a case: the fresh one does not hear of who sat there."""

from __future__ import annotations

import sqlalchemy as sa

from review.models import Appeal, Seat


def is_of_earlier_committee() -> sa.ColumnElement[bool]:
    """Return that a seat is of an earlier committee: it was replaced, or out of the case before the grant."""
    granted_since = sa.exists().where(
        Appeal.case_id == Seat.case_id,
        Appeal.result == "granted",
        Appeal.decided_at >= Seat.entered_at,
    )
    return sa.or_(Seat.state == "replaced", sa.and_(Seat.state == "recused", granted_since))
