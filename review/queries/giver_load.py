"""How much is asked of people now, counted so that nobody learns who has finished."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.giver_load import Limits, Load, measure_load
from review.domain.phase import Phase
from review.models import Case, Feedback

COUNTED = ("asked", "writing", "submitted")
"""An answer that is in counts until its packet is sealed: else a load that falls would say that it came."""


def measure_loads(session: Session, people: Collection[int], limits: Limits, *, but_for_case: int) -> dict[int, Load]:
    """Return how full each of these people is, in one statement; none where nobody is asked about.

    Args:
        limits: those of the cycle that asks.
        but_for_case: the case that is looked at; its own requests stand on its own list, and are not told twice.
    """
    if not people:
        return {}
    counted = sa.select(Feedback.giver_id, sa.func.count()).join(Case, Case.id == Feedback.case_id)
    statement = counted.where(
        Feedback.giver_id.in_(people),
        Feedback.state.in_(COUNTED),
        Case.id != but_for_case,
        Case.phase == Phase.COLLECTING,
        Case.closed_at.is_(None),
    ).group_by(Feedback.giver_id)
    found = dict(session.execute(statement).all())
    return {person: measure_load(found.get(person, 0), limits) for person in people}
