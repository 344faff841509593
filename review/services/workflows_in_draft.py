"""Drafts of workflows: begun from a version or a file, kept while HR writes, proposed or thrown away."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from review.domain.access import Actor
from review.domain.errors import Conflict, NotFound
from review.domain.yaml_edit import set_value
from review.domain.yaml_text import Document, read_yaml
from review.models import Person, WorkflowDraft, WorkflowVersion
from review.services import audit
from review.services.first_writes import insert_once
from review.services.workflows import as_hr, propose_workflow

FILE = "workflow.yaml"
"""The name that the faults of a draft carry."""
MOST_TITLE = 120
TITLE = re.compile(r"^title:.*$", re.MULTILINE)


def start_draft(
    session: Session, source: str, *, actor: Actor, now: datetime, base_id: int | None = None
) -> WorkflowDraft:
    """Begin a draft with a file; of a version that has one already, return that one as it stands.

    Args:
        base_id: the version that the draft is to change; the draft takes the next number.

    Raises NotAllowed for everybody but HR.
    """
    acting = as_hr(actor)
    if base_id is not None:
        source = set_value(source, ("version",), _next_version(session, base_id))
    values = {
        "base_id": base_id,
        "title": _read_title(source),
        "source": source,
        "started_at": now,
        "started_by_id": acting.person_id,
        "saved_at": now,
        "saved_by_id": acting.person_id,
        "version": 1,
    }
    statement = insert_once(session, WorkflowDraft, values, unique=("base_id",))
    number = session.scalar(statement.returning(WorkflowDraft.id))
    if number is None:
        return session.scalars(sa.select(WorkflowDraft).where(WorkflowDraft.base_id == base_id)).one()
    row = session.get_one(WorkflowDraft, number)
    _record(session, "workflow.start_draft", row, acting, now)
    return row


def keep_draft(
    session: Session, draft_id: int, source: str, *, version: int, actor: Actor, now: datetime
) -> WorkflowDraft:
    """Keep what was written, faults and all; the same text again changes nothing.

    Args:
        version: of what was written on.

    Raises NotFound, NotAllowed for everybody but HR, Conflict when somebody else saved first.
    """
    acting = as_hr(actor)
    row = _lock(session, draft_id)
    if row.source == source:
        return row
    if row.version != version:
        saved_by = session.scalar(sa.select(Person.name).where(Person.id == row.saved_by_id))
        raise Conflict({"source": row.source}, {"source": source}, row.version, saved_by or "")
    row.source, row.title = source, _read_title(source) or row.title
    row.saved_at, row.saved_by_id = now, acting.person_id or row.saved_by_id
    session.flush()
    _record(session, "workflow.draft", row, acting, now)
    return row


def discard_draft(session: Session, draft_id: int, *, actor: Actor, now: datetime) -> None:
    """Throw a draft away; raise NotFound, NotAllowed for everybody but HR."""
    acting = as_hr(actor)
    row = _lock(session, draft_id)
    _record(session, "workflow.discard_draft", row, acting, now)
    session.delete(row)
    session.flush()


def propose_draft(session: Session, draft_id: int, *, actor: Actor, now: datetime) -> WorkflowVersion:
    """Propose what a draft says as a new version; the draft has done its work and goes.

    Raises NotFound, NotAllowed for everybody but HR, Invalid with every fault; then the draft stays.
    """
    row = _lock(session, draft_id)
    proposed = propose_workflow(session, row.source, actor=actor, now=now, file=FILE)
    session.delete(row)
    session.flush()
    return proposed


def _next_version(session: Session, base_id: int) -> int:
    """Return the number after the highest of the workflow that a version belongs to."""
    key = sa.select(WorkflowVersion.key).where(WorkflowVersion.id == base_id).scalar_subquery()
    return session.scalar(sa.select(sa.func.max(WorkflowVersion.version) + 1).where(WorkflowVersion.key == key)) or 1


def _lock(session: Session, draft_id: int) -> WorkflowDraft:
    statement = (
        sa.select(WorkflowDraft)
        .where(WorkflowDraft.id == draft_id)
        .options(undefer(WorkflowDraft.source))
        .with_for_update(key_share=True)
    )
    row = session.scalar(statement.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _read_title(source: str) -> str:
    """Return the title that a file gives its workflow, nothing where it says none; only that line is read."""
    line = TITLE.search(source)
    document = read_yaml(line.group(), FILE) if line else None
    title = document.data.get("title") if isinstance(document, Document) and isinstance(document.data, dict) else None
    return title[:MOST_TITLE] if isinstance(title, str) else ""


def _record(session: Session, kind: str, row: WorkflowDraft, actor: Actor, now: datetime) -> None:
    detail = {"base": row.base_id, "version": row.version}
    audit.record(session, kind, actor=actor, now=now, subject_type="workflow_draft", subject_id=row.id, detail=detail)
