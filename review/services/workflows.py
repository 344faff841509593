"""Workflow versions: one HR partner proposes, another publishes; what is published never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.proposals import Kind, Proposal, accept_reason
from review.domain.text import text
from review.domain.workflow_company import check_against_company
from review.domain.workflow_file import Layers, Workflow, check_layers, read_layers
from review.domain.workflow_finding import Finding
from review.models import WorkflowDraft, WorkflowVersion
from review.queries.workflows import find_newest_published, find_published_file, load_company_facts
from review.services import audit
from review.services.first_writes import insert_once
from review.services.proposals import is_own, tell_agreed, tell_partners, tell_replaced, tell_returned

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
    acting = as_hr(actor)
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
    tell_partners(session, _proposal(row), now=now)
    return row


def publish_workflow(
    session: Session, version_id: int, *, actor: Actor, now: datetime, digest: str | None = None
) -> WorkflowVersion:
    """Publish a proposal: it is checked again as the company is now, and from then on it never changes.

    Args:
        digest: of the proposal that was read; None for one that was proposed in this transaction.

    Raises NotFound, NotAllowed for who is not HR or proposed it, Invalid with every fault or where another proposal
    has taken the place of the one that was read.
    """
    acting = as_hr(actor)
    row = _lock_proposal(session, version_id)
    if is_own(session, _proposal(row), row.proposed_by_id, acting):
        raise NotAllowed(text("You proposed this version; somebody else in HR must publish it."), is_known=True)
    own = f"{row.key}.yaml"
    if digest is not None and digest != row.digest:
        what = text("This proposal was replaced after you opened it; nothing is published")
        raise Invalid([Fault(what, text("a look at the one below, which is there now"), own)])
    workflow = read_workflow(session, row.sources[own], file=own, beside=row.sources)
    newest = find_newest_published(session, row.key)
    if newest is not None and newest.version >= row.version:
        raise _overtaken(workflow, newest.version)
    row.published_at, row.published_by_id = now, acting.person_id
    _record(session, "workflow.publish", row, acting, now)
    tell_agreed(session, _proposal(row), row.proposed_by_id, actor=acting, now=now)
    return row


def discard_proposal(session: Session, version_id: int, why: str, *, actor: Actor, now: datetime) -> None:
    """Take a proposal away and say why.

    Raises NotFound where there is none, NotAllowed for everybody but HR, Invalid without a reason for who did not
    propose it.
    """
    acting = as_hr(actor)
    row = _lock_proposal(session, version_id)
    why = accept_reason(why, is_own=row.proposed_by_id in (acting.person_id, acting.on_behalf_of))
    session.execute(sa.update(WorkflowDraft).where(WorkflowDraft.base_id == row.id).values(base_id=None))
    _record(session, "workflow.discard", row, acting, now, why=why)
    tell_returned(session, _proposal(row), row.proposed_by_id, why, actor=acting, now=now)
    session.delete(row)
    session.flush()


def read_workflow(session: Session, source: str, *, file: str, beside: Mapping[str, str] | None = None) -> Workflow:
    """Return a workflow file that fits the company; raise Invalid with every fault. Writes nothing."""

    def find(name: str) -> str | None:
        return (beside or {}).get(name) or find_published_file(session, name)

    layers = read_layers(source, file, find)
    if not isinstance(layers, Layers):
        raise Invalid(layers)
    return judge_workflow(session, layers)


def judge_workflow(session: Session, layers: Layers) -> Workflow:
    """Return the workflow of a file that has been read, if it fits the company; raise Invalid with every fault."""
    parsed = check_layers(layers)
    if not isinstance(parsed, Workflow):
        raise Invalid(parsed)
    company = replace(load_company_facts(session), is_for_people_managers=UPWARD in parsed.definition.roles)
    faults = check_against_company(parsed.definition, company)
    if faults:
        raise Invalid(replace(fault, file=layers.documents[-1].file) for fault in faults)
    return parsed


def as_hr(actor: Actor) -> Actor:
    """Return the actor as HR, by their own role or a delegation; raise NotAllowed for everybody else."""
    acting = acting_as(actor, Role.HR)
    if acting is None or acting.person_id is None:
        raise NotAllowed(text("Only HR can propose and publish workflows."), is_known=True)
    return acting


def _keep_proposal(session: Session, workflow: Workflow, file: str, actor: Actor, now: datetime) -> WorkflowVersion:
    """Write the proposal; its own file is kept under the name of its key, whatever the given one was called.

    Raises Invalid where somebody else has just proposed or published this version.
    """
    definition = workflow.definition
    own = f"{definition.key}.yaml"
    if own in workflow.sources and own != file:
        what = text('"%(file)s" extends another file of its own name', file=file)
        raise Invalid([Fault(what, text("a key of its own"), file)])
    kept: dict[str, Any] = {
        "title": definition.title,
        "digest": workflow.digest,
        "sources": {own if name == file else name: source for name, source in workflow.sources.items()},
        "proposed_at": now,
        "proposed_by_id": actor.person_id,
    }
    row = _lock_version(session, WorkflowVersion.key == definition.key, WorkflowVersion.version == definition.version)
    if row is None:
        return _insert_proposal(session, workflow, kept)
    if row.published_at is not None:
        raise _overtaken(workflow, row.version)
    tell_replaced(session, _proposal(row), row.proposed_by_id, actor=actor, now=kept["proposed_at"])
    for name, value in kept.items():
        setattr(row, name, value)
    session.flush()
    return row


def _insert_proposal(session: Session, workflow: Workflow, kept: Mapping[str, object]) -> WorkflowVersion:
    names = {"key": workflow.definition.key, "version": workflow.definition.version}
    statement = insert_once(session, WorkflowVersion, {**names, **kept}, unique=tuple(names))
    number = session.scalar(statement.returning(WorkflowVersion.id))
    if number is None:
        what = text("version %(version)s was proposed in the meantime", version=workflow.definition.version)
        expected = text("a look at that proposal; yours then takes its place if it should")
        raise Invalid([workflow.fault(Finding(("version",), what, expected))])
    return session.get_one(WorkflowVersion, number)


def _overtaken(workflow: Workflow, version: int) -> Invalid:
    what = text("version %(version)s was published in the meantime", version=version)
    return Invalid([workflow.fault(Finding(("version",), what, text("a later version, proposed anew")))])


def _lock_proposal(session: Session, version_id: int) -> WorkflowVersion:
    row = _lock_version(session, WorkflowVersion.id == version_id)
    if row is None or row.published_at is not None:
        raise NotFound
    return row


def _lock_version(session: Session, *where: sa.ColumnElement[bool]) -> WorkflowVersion | None:
    """Lock a version and return it as it is now, after whoever else was about to change it."""
    statement = sa.select(WorkflowVersion).where(*where).with_for_update(key_share=True)
    return session.scalar(statement.execution_options(populate_existing=True))


def _proposal(row: WorkflowVersion) -> Proposal:
    return Proposal(Kind.WORKFLOW, row.id, row.title, str(row.version))


def _record(session: Session, kind: str, row: WorkflowVersion, actor: Actor, now: datetime, *, why: str = "") -> None:
    detail = {"key": row.key, "version": row.version, "digest": row.digest} | ({"why": why} if why else {})
    audit.record(session, kind, actor=actor, now=now, subject_type="workflow", subject_id=row.id, detail=detail)
