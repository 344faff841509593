"""The cycle that takes nominations now."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.values import dataclass
from review.models import Cycle, CycleDate


@dataclass(frozen=True)
class OpenRound:
    """An open cycle, and the last day of its nominations."""

    cycle_id: int
    name: str
    until: date


def find_open_round(session: Session, today: date) -> OpenRound | None:
    """Return the open cycle whose nominations end next, from today on; one statement."""
    row = session.execute(
        sa.select(Cycle.id, Cycle.name, CycleDate.on_day)
        .join(CycleDate, CycleDate.cycle_id == Cycle.id)
        .where(Cycle.state == "open", CycleDate.name == "nomination_deadline", CycleDate.on_day >= today)
        .order_by(CycleDate.on_day, Cycle.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else OpenRound(*row)
