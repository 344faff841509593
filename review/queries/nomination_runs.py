"""How far everybody eligible has been nominated in a cycle, for HR."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.values import dataclass
from review.models import NominationRun, Person


@dataclass(frozen=True)
class RunShown:
    """The last time that everybody was nominated in a cycle: who asked, and how far it is. `ended_at`: None until then.

    `state` is one of RunState; `opened` of `total` cases are open.
    """

    state: str
    opened: int
    total: int
    asked_at: datetime
    ended_at: datetime | None
    asked_by: str


def find_last_run(session: Session, cycle_id: int) -> RunShown | None:
    """Return the last run of a cycle that the caller may know as HR."""
    run = NominationRun
    found = session.execute(
        sa.select(run.state, run.opened, run.total, run.asked_at, run.ended_at, Person.name)
        .join(Person, Person.id == run.asked_by_id)
        .where(run.cycle_id == cycle_id)
        .order_by(run.id.desc())
        .limit(1)
    ).one_or_none()
    return None if found is None else RunShown(*found)
