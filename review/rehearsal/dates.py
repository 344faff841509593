"""Where the clock of a rehearsal can go next: the cycle's dates, and what is due."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Case, CaseToken, CycleDate, Timer


def find_next_date(session: Session, now: datetime) -> datetime | None:
    """Return the morning of the cycle's next date, None after the last."""
    day = session.scalar(sa.select(sa.func.min(CycleDate.on_day)).where(CycleDate.on_day > now.date()))
    return None if day is None else now + (day - now.date())


def find_next_due(session: Session, now: datetime) -> datetime | None:
    """Return the moment of the next thing that is due: a case's stage, a timer or a date; None after the last."""
    stage = sa.select(sa.func.min(CaseToken.due_at)).join(Case, Case.id == CaseToken.case_id)
    timer = sa.select(sa.func.min(Timer.due_at)).where(Timer.done_at.is_(None), Timer.due_at > now)
    moments = (
        session.scalar(stage.where(Case.closed_at.is_(None), CaseToken.due_at > now)),
        session.scalar(timer),
        find_next_date(session, now),
    )
    return min((each for each in moments if each is not None), default=None)
