"""Workflow versions: one HR partner proposes, another publishes; what is published never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.text import text
from review.domain.workflow_company import check_against_company
from review.domain.workflow_file import Workflow, parse_workflow
from review.domain.workflow_finding import Finding
from review.models import WorkflowVersion
from review.queries.workflows import find_newest_published, find_published_file, load_company_facts
from review.services import audit

UPWARD = "report"
"""The role that only workflows of people managers have."""


def propose_workflow(
    session: Session,
    source: str,
    *,
    actor: Actor,
    now: datetime,
    file: str = "workflow.yaml",
    beside: Mapping[str, str] | None = None,
) -> WorkflowVersion:
    """Propose a workflow file as a new version; a second person publishes it.

    A proposal of the same version that nobody has published yet is replaced. Text that is published already gives the
    version that is there.

    Args:
        file: the name that faults carry.
        beside: files by name that `extends` may mean; others are looked for among the published versions.

    Raises NotAllowed for everybody but HR, Invalid with every fault of the file and of its fit to the company.
    """
    acting = _as_hr(actor)
    workflow = read_workflow(session, source, file=file, beside=beside)
    newest = find_newest_published(session, workflow.definition.key)
    if newest is not None and newest.digest == workflow.digest:
        return newest
    if newest is not None and workflow.definition.version <= newest.version:
        what = text("version %(version)s is published and never changes", version=newest.version)
        expected = text("version: %(version)s", version=newest.version + 1)
        raise Invalid([workflow.fault(Finding(("version",), what, expected))])
    row = _keep_proposal(session, workflow, file, acting, now)
    _record(session, "workflow.propose", row, acting, now)
    return row


def publish_workflow(session: Session, version_id: int, *, actor: Actor, now: datetime) -> WorkflowVersion:
    """Publish a proposal: it is checked again as the company is now, and from then on it never changes.

    Raises NotFound, NotAllowed for who is not HR or proposed it, Invalid with every fault.
    """
    acting = _as_hr(actor)
    row = _lock_proposal(session, version_id)
    if row.proposed_by_id in (acting.person_id, acting.on_behalf_of):
        raise NotAllowed(text("You proposed this version; somebody else in HR must publish it."), is_known=True)
    own = f"{row.key}.yaml"
    workflow = read_workflow(session, row.sources[own], file=own, beside=row.sources)
    newest = find_newest_published(session, row.key)
    if newest is not None and newest.version >= row.version:
        what = text("version %(version)s was published in the meantime", version=newest.version)
        raise Invalid([workflow.fault(Finding(("version",), what, text("a later version, proposed anew")))])
    row.published_at, row.published_by_id = now, acting.person_id
    _record(session, "workflow.publish", row, acting, now)
    return row


def discard_proposal(session: Session, version_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a proposal away; raise NotFound where there is none, NotAllowed for everybody but HR."""
    acting = _as_hr(actor)
    row = _lock_proposal(session, version_id)
    _record(session, "workflow.discard", row, acting, now)
    session.delete(row)
    session.flush()


def read_workflow(session: Session, source: str, *, file: str, beside: Mapping[str, str] | None = None) -> Workflow:
    """Return a workflow file that fits the company; raise Invalid with every fault. Writes nothing."""

    def find(name: str) -> str | None:
        return (beside or {}).get(name) or find_published_file(session, name)

    parsed = parse_workflow(source, file, find)
    if not isinstance(parsed, Workflow):
        raise Invalid(parsed)
    company = replace(load_company_facts(session), is_for_people_managers=UPWARD in parsed.definition.roles)
    faults = check_against_company(parsed.definition, company)
    if faults:
        raise Invalid(replace(fault, file=file) for fault in faults)
    return parsed


def _as_hr(actor: Actor) -> Actor:
    acting = acting_as(actor, Role.HR)
    if acting is None or acting.person_id is None:
        raise NotAllowed(text("Only HR can propose and publish workflows."), is_known=True)
    return acting


def _keep_proposal(session: Session, workflow: Workflow, file: str, actor: Actor, now: datetime) -> WorkflowVersion:
    """Write the proposal; its own file is kept under the name of its key, whatever the given one was called."""
    definition = workflow.definition
    own = f"{definition.key}.yaml"
    if own in workflow.sources and own != file:
        what = text('"%(file)s" extends another file of its own name', file=file)
        raise Invalid([Fault(what, text("a key of its own"), file)])
    row = session.scalar(
        sa.select(WorkflowVersion).where(
            WorkflowVersion.key == definition.key, WorkflowVersion.version == definition.version
        )
    )
    if row is None:
        row = WorkflowVersion(key=definition.key, version=definition.version)
        session.add(row)
    row.title, row.digest = definition.title, workflow.digest
    row.sources = {own if name == file else name: source for name, source in workflow.sources.items()}
    row.proposed_at, row.proposed_by_id = now, actor.person_id
    session.flush()
    return row


def _lock_proposal(session: Session, version_id: int) -> WorkflowVersion:
    statement = (
        sa.select(WorkflowVersion)
        .where(WorkflowVersion.id == version_id, WorkflowVersion.published_at.is_(None))
        .with_for_update()
    )
    row = session.scalar(statement.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _record(session: Session, kind: str, row: WorkflowVersion, actor: Actor, now: datetime) -> None:
    detail = {"key": row.key, "version": row.version, "digest": row.digest}
    audit.record(session, kind, actor=actor, now=now, subject_type="workflow", subject_id=row.id, detail=detail)
