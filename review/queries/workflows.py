"""Workflow versions: the list, one version with what was before it, where live cases stand, and the company's facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.values import dataclass
from review.domain.workflow import Definition
from review.domain.workflow_company import CompanyFacts
from review.domain.workflow_versions import ITEM, MigrationPlan, Token, plan_migration
from review.models import (
    Case,
    CaseToken,
    Committee,
    CommitteeMember,
    Cycle,
    Feedback,
    Person,
    RoleGrant,
    Seat,
    WorkflowVersion,
)
from review.queries.pinned import load_definition

PROPOSAL_READERS = (Role.HR, Role.AUDITOR)


@dataclass(frozen=True)
class VersionRow:
    """One version; `published_at` is None for a proposal. `live_cases` are those that follow it and have not ended."""

    id: int
    key: str
    version: int
    title: str
    digest: str
    proposed_at: datetime
    proposed_by_id: int | None
    proposed_by: str
    published_at: datetime | None
    published_by: str
    live_cases: int

    @property
    def is_proposal(self) -> bool:
        """Tell whether a second person has still to approve."""
        return self.published_at is None


@dataclass(frozen=True)
class WorkflowRow:
    """A workflow with its versions, newest first."""

    key: str
    title: str
    versions: tuple[VersionRow, ...]


def may_propose(actor: Actor) -> bool:
    """Tell whether the actor may propose, publish and migrate workflows."""
    return acting_as(actor, Role.HR) is not None


def list_workflows(session: Session, actor: Actor) -> tuple[WorkflowRow, ...]:
    """Return every workflow with its versions, by title; proposals only for who may read them."""
    by_key: dict[str, list[VersionRow]] = {}
    for row in _find_rows(session, actor):
        by_key.setdefault(row.key, []).append(row)
    rows = (WorkflowRow(key, versions[0].title, tuple(versions)) for key, versions in by_key.items())
    return tuple(sorted(rows, key=lambda row: (row.title, row.key)))


def find_version(session: Session, actor: Actor, version_id: int) -> VersionRow | None:
    """Return one version, None if it is not there or not for this actor."""
    return next(iter(_find_rows(session, actor, WorkflowVersion.id == version_id)), None)


def find_earlier(session: Session, actor: Actor, row: VersionRow) -> tuple[VersionRow, ...]:
    """Return the published versions before one of the same workflow, newest first."""
    return tuple(
        _find_rows(
            session,
            actor,
            WorkflowVersion.key == row.key,
            WorkflowVersion.version < row.version,
            WorkflowVersion.published_at.is_not(None),
        )
    )


def read_definition(session: Session, version_id: int) -> Definition:
    """Return a version, proposed or published, as a definition; raise NotFound."""
    return load_definition(session, version_id)


def read_sources(session: Session, version_id: int) -> Mapping[str, str]:
    """Return the files a version was made of, its own file first; raise NoResultFound."""
    key, sources = session.execute(
        sa.select(WorkflowVersion.key, WorkflowVersion.sources).where(WorkflowVersion.id == version_id)
    ).one()
    own = f"{key}.yaml"
    return {own: sources[own], **{name: source for name, source in sources.items() if name != own}}


def find_published_file(session: Session, name: str) -> str | None:
    """Return the newest published file of a name (`ic.yaml`), for overlays that extend it."""
    sources: Mapping[str, str] | None = session.scalar(
        sa.select(WorkflowVersion.sources)
        .where(WorkflowVersion.key == PurePath(name).stem, WorkflowVersion.published_at.is_not(None))
        .order_by(WorkflowVersion.version.desc())
        .limit(1)
    )
    return None if sources is None else sources.get(name)


def find_newest_published(session: Session, key: str) -> WorkflowVersion | None:
    """Return the row of the newest published version of a workflow, for those who write."""
    return session.scalar(
        sa.select(WorkflowVersion)
        .where(WorkflowVersion.key == key, WorkflowVersion.published_at.is_not(None))
        .order_by(WorkflowVersion.version.desc())
        .limit(1)
    )


def count_live_tokens(session: Session, version_id: int) -> dict[Token, int]:
    """Return how many live cases of a version stand at each (region, state), and their items as (`item.…`, state)."""
    live = sa.select(Case.id).where(Case.workflow_version_id == version_id, Case.closed_at.is_(None))
    parts = (
        sa.select(CaseToken.region, CaseToken.state, sa.func.count())
        .where(CaseToken.case_id.in_(live))
        .group_by(CaseToken.region, CaseToken.state),
        sa.select(sa.literal(f"{ITEM}feedback"), Feedback.state, sa.func.count())
        .where(Feedback.case_id.in_(live))
        .group_by(Feedback.state),
        sa.select(sa.literal(f"{ITEM}seat"), Seat.state, sa.func.count())
        .where(Seat.case_id.in_(live))
        .group_by(Seat.state),
    )
    rows = session.execute(sa.union_all(*parts)).all()
    return {(region, state): count for region, state, count in sorted(rows)}


def plan_move(session: Session, old_id: int, new_id: int, rename: Mapping[str, str]) -> MigrationPlan:
    """Work out where the live cases of one version would stand in another."""
    live = count_live_tokens(session, old_id)
    return plan_migration(load_definition(session, old_id), load_definition(session, new_id), rename, live)


def load_company_facts(session: Session) -> CompanyFacts:
    """Return what publishing looks at. While there is no committee, the chair does not count as missing."""
    is_active = Person.is_active.is_(True)
    functions = session.scalars(sa.select(Person.function).where(is_active).distinct()).all()
    granted = session.scalars(
        sa.select(RoleGrant.role).join(Person, Person.id == RoleGrant.person_id).where(is_active).distinct()
    ).all()
    sizes = session.execute(
        sa.select(sa.func.count(CommitteeMember.id), sa.func.count(sa.case((CommitteeMember.role == "chair", 1))))
        .join(Committee, Committee.id == CommitteeMember.committee_id)
        .join(Cycle, Cycle.id == Committee.cycle_id)
        .where(Cycle.closed_at.is_(None))
        .group_by(Committee.id)
    ).all()
    chairs = {"chair"} if not sizes or any(chairs_there for _, chairs_there in sizes) else set()
    return CompanyFacts(
        functions=frozenset(functions),
        staffed_roles=frozenset(granted) | chairs,
        smallest_committee=min((count for count, _ in sizes), default=None),
    )


def _find_rows(session: Session, actor: Actor, *conditions: sa.ColumnElement[bool]) -> list[VersionRow]:
    if not (actor.is_system or (actor.person_id is not None and actor.is_active)):
        return []
    proposer, publisher = aliased(Person), aliased(Person)
    live = (
        sa.select(sa.func.count())
        .select_from(Case)
        .where(Case.workflow_version_id == WorkflowVersion.id, Case.closed_at.is_(None))
        .scalar_subquery()
    )
    may_see_proposals = acting_as(actor, *PROPOSAL_READERS) is not None
    statement = (
        sa.select(WorkflowVersion, proposer.name, publisher.name, live if may_see_proposals else sa.literal(0))
        .outerjoin(proposer, proposer.id == WorkflowVersion.proposed_by_id)
        .outerjoin(publisher, publisher.id == WorkflowVersion.published_by_id)
        .where(*conditions)
        .order_by(WorkflowVersion.key, WorkflowVersion.version.desc())
    )
    if not may_see_proposals:
        statement = statement.where(WorkflowVersion.published_at.is_not(None))
    return [_row(*record) for record in session.execute(statement)]


def _row(version: WorkflowVersion, proposed_by: str | None, published_by: str | None, live: int) -> VersionRow:
    return VersionRow(
        version.id,
        version.key,
        version.version,
        version.title,
        version.digest,
        version.proposed_at,
        version.proposed_by_id,
        proposed_by or "",
        version.published_at,
        published_by or "",
        live,
    )
