"""The named days of the cycles that are open, which everybody who works here may know."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.values import dataclass
from review.models import Cycle, CycleDate


@dataclass(frozen=True)
class OpenDay:
    """A named day of an open cycle."""

    cycle_id: int
    cycle: str
    name: str
    on: date


def list_open_days(session: Session) -> tuple[OpenDay, ...]:
    """Return the days of all open cycles, the earliest first."""
    rows = session.execute(
        sa.select(Cycle.id, Cycle.name, CycleDate.name, CycleDate.on_day)
        .join(CycleDate, CycleDate.cycle_id == Cycle.id)
        .where(Cycle.state == "open")
        .order_by(CycleDate.on_day, CycleDate.id)
    )
    return tuple(OpenDay(*row) for row in rows)
