"""Drafts of workflows, for HR alone: the list, and one with its text."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.values import dataclass
from review.models import Person, WorkflowDraft, WorkflowVersion
from review.queries.workflows import may_propose


@dataclass(frozen=True)
class DraftRow:
    """One draft; `base_version` is the number of the version that it began from, None where it began from a file."""

    id: int
    title: str
    base_id: int | None
    base_version: int | None
    saved_at: datetime
    saved_by: str
    version: int


def list_drafts(session: Session, actor: Actor) -> tuple[DraftRow, ...]:
    """Return every draft, the last saved first; none for everybody but HR."""
    if not may_propose(actor):
        return ()
    statement = _select().order_by(WorkflowDraft.saved_at.desc(), WorkflowDraft.id.desc())
    return tuple(DraftRow(*record) for record in session.execute(statement))


def find_draft(session: Session, actor: Actor, draft_id: int) -> tuple[DraftRow, str] | None:
    """Return a draft and its text, None where there is none for this actor."""
    if not may_propose(actor):
        return None
    statement = _select().add_columns(WorkflowDraft.source).where(WorkflowDraft.id == draft_id)
    record = session.execute(statement).one_or_none()
    return None if record is None else (DraftRow(*record[:-1]), record[-1])


def _select() -> sa.Select[int, str, int | None, int, datetime, str, int]:
    return (
        sa.select(
            WorkflowDraft.id,
            WorkflowDraft.title,
            WorkflowDraft.base_id,
            WorkflowVersion.version,
            WorkflowDraft.saved_at,
            Person.name,
            WorkflowDraft.version,
        )
        .join(Person, Person.id == WorkflowDraft.saved_by_id)
        .outerjoin(WorkflowVersion, WorkflowVersion.id == WorkflowDraft.base_id)
    )
