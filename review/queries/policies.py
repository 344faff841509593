"""The installation's policy: what is in force, what is proposed, and how it came to be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.house_policy import lay_over
from review.domain.values import dataclass
from review.domain.workflow import Definition
from review.models import LadderVersion, Person, PolicyVersion, WorkflowVersion
from review.queries.cycle_choices import shipped_policy
from review.queries.pinned import load_definition, load_ladder


@dataclass(frozen=True)
class PolicyRow:
    """One version with what it says in all; `published_at` is None while it waits for a second person."""

    id: int
    version: int
    policy: Mapping[str, Any]
    digest: str
    proposed_at: datetime
    proposed_by_id: int | None
    proposed_by: str
    published_at: datetime | None
    published_by: str


def house_policy(session: Session) -> Mapping[str, Any]:
    """Return the policy that new cycles begin with: the installation's own over the shipped one."""
    said = session.scalar(
        sa.select(PolicyVersion.said)
        .where(PolicyVersion.published_at.is_not(None))
        .order_by(PolicyVersion.version.desc())
        .limit(1)
    )
    return lay_over(shipped_policy(), said or {})


def list_policies(session: Session) -> tuple[PolicyRow, ...]:
    """Return every version of the installation's policy, the newest first; the caller asks for HR."""
    proposer, publisher = aliased(Person), aliased(Person)
    statement = (
        sa.select(PolicyVersion, proposer.name, publisher.name)
        .outerjoin(proposer, proposer.id == PolicyVersion.proposed_by_id)
        .outerjoin(publisher, publisher.id == PolicyVersion.published_by_id)
        .order_by(PolicyVersion.version.desc())
    )
    return tuple(_row(*record) for record in session.execute(statement))


def list_newest_definitions(session: Session) -> tuple[Definition, ...]:
    """Return the newest published version of each workflow."""
    newest = (
        sa.select(WorkflowVersion.key, sa.func.max(WorkflowVersion.version).label("version"))
        .where(WorkflowVersion.published_at.is_not(None))
        .group_by(WorkflowVersion.key)
        .subquery()
    )
    ids = sa.select(WorkflowVersion.id).join(
        newest, sa.and_(newest.c.key == WorkflowVersion.key, newest.c.version == WorkflowVersion.version)
    )
    return tuple(load_definition(session, each) for each in session.scalars(ids.order_by(WorkflowVersion.key)).all())


def list_levels(session: Session) -> Mapping[str, str]:
    """Return the levels of every published ladder, by their id, with their names."""
    ids = session.scalars(sa.select(LadderVersion.id).order_by(LadderVersion.id)).all()
    return {level.id: level.name for each in ids for level in load_ladder(session, each).levels}


def _row(version: PolicyVersion, proposed_by: str | None, published_by: str | None) -> PolicyRow:
    return PolicyRow(
        version.id,
        version.version,
        lay_over(shipped_policy(), version.said),
        version.digest,
        version.proposed_at,
        version.proposed_by_id,
        proposed_by or "",
        version.published_at,
        published_by or "",
    )
