"""Batches of letters that a worker sends: which letters wait for it, and how far it is, for HR."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.values import dataclass
from review.models import Letter, Person, Release, ReleaseItem, ReleaseRun


@dataclass(frozen=True)
class RunShown:
    """How far a worker is with an approved batch: `sent` and `kept` of `total`. `ended_at`: None until then.

    `state` is one of RunState; what was kept back is in no batch any more.
    """

    release_id: int
    state: str
    sent: int
    kept: int
    total: int
    ended_at: datetime | None
    approved_at: datetime
    approved_by: str


def holds_letters() -> sa.ColumnElement[bool]:
    """Return the condition on a Release under which its letters stay as they are: it waits, or a worker sends them."""
    going_out = sa.select(ReleaseRun.release_id).where(ReleaseRun.ended_at.is_(None))
    is_open = sa.or_(Release.approved_at.is_(None), Release.id.in_(going_out))
    return sa.and_(Release.cancelled_at.is_(None), is_open)


def list_unsent(session: Session, release_id: int) -> tuple[int, ...]:
    """Return the cases of a batch whose letter on the decision of the batch is not out."""
    is_out = sa.exists().where(
        Letter.case_id == ReleaseItem.case_id,
        Letter.decision_id == ReleaseItem.decision_id,
        Letter.released_at.is_not(None),
    )
    statement = sa.select(ReleaseItem.case_id).where(ReleaseItem.release_id == release_id, ~is_out)
    return tuple(session.scalars(statement.order_by(ReleaseItem.case_id)))


def list_runs(session: Session, cycle_id: int) -> tuple[RunShown, ...]:
    """Return what workers send now of a cycle that the caller may know as HR, and the last that one has ended."""
    ended = _of_cycle(sa.func.max(ReleaseRun.id), cycle_id).where(ReleaseRun.ended_at.is_not(None))
    run = ReleaseRun
    columns = (Release.id, run.state, run.sent, run.kept, run.total, run.ended_at, Release.approved_at, Person.name)
    found = session.execute(
        _of_cycle(columns, cycle_id)
        .join(Person, Person.id == Release.approved_by_id)
        .where(sa.or_(run.ended_at.is_(None), run.id == ended.scalar_subquery()))
        .order_by(run.id)
    )
    return tuple(RunShown(*each) for each in found)


def _of_cycle(columns: Any, cycle_id: int) -> sa.Select[Any]:
    chosen = columns if isinstance(columns, tuple) else (columns,)
    return (
        sa.select(*chosen)
        .select_from(ReleaseRun)
        .join(Release, Release.id == ReleaseRun.release_id)
        .where(Release.cycle_id == cycle_id)
    )
