"""What a new installation has and lacks before its first cycle."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import COMPANY_ROLES, Role
from review.domain.values import dataclass
from review.models import Cycle, LadderDraft, LadderVersion, Person, RoleGrant, WorkflowVersion
from review.queries.pinned import find_definition

SHIPPED_NEED = frozenset({Role.HR, Role.EXECUTIVE, Role.APPEALS})
"""Roles of the company that the shipped workflows name: what is needed while no workflow is there."""


@dataclass(frozen=True)
class FirstSteps:
    """Whether a ladder, people, everybody with a role that is needed, a workflow and a cycle are there.

    `has_roles`: a second HR partner, and somebody for each role of the company that a workflow names.
    `ladder_draft_id`, `workflow_id`: what is proposed and waits for a second HR partner.
    """

    has_ladder: bool
    has_people: bool
    has_roles: bool
    has_workflow: bool
    has_cycle: bool
    ladder_draft_id: int | None = None
    workflow_id: int | None = None

    @property
    def is_done(self) -> bool:
        """Tell whether nothing of it is missing."""
        return all((self.has_ladder, self.has_people, self.has_roles, self.has_workflow, self.has_cycle))


def load_first_steps(session: Session) -> FirstSteps:
    """Return what is there; one statement once a cycle is. Somebody with a manager is there once people were taken in.

    A cycle has workflows that were published, so their roles are not asked for again.
    """
    partners = (
        sa.select(sa.func.count())
        .select_from(RoleGrant)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.HR, Person.is_active)
    )
    row = session.execute(
        sa.select(
            sa.exists(sa.select(LadderVersion.id)),
            sa.exists().where(Person.is_active, Person.manager_id.is_not(None)),
            partners.scalar_subquery() > 1,
            sa.exists().where(WorkflowVersion.published_at.is_not(None)),
            sa.exists(sa.select(Cycle.id)),
            sa.select(sa.func.min(LadderDraft.id)).where(LadderDraft.proposed_at.is_not(None)).scalar_subquery(),
            sa.select(sa.func.min(WorkflowVersion.id)).where(WorkflowVersion.published_at.is_(None)).scalar_subquery(),
        )
    ).one()
    found = FirstSteps(*row)
    if found.has_cycle or not found.has_roles:
        return found
    return replace(found, has_roles=_find_needed(session) <= _find_held(session))


def _find_needed(session: Session) -> frozenset[Role]:
    """Return the roles of the company that the newest version of each workflow names, published or proposed."""
    newest = sa.select(sa.func.max(WorkflowVersion.id)).group_by(WorkflowVersion.key)
    rows = session.execute(sa.select(WorkflowVersion.id, WorkflowVersion.digest).where(WorkflowVersion.id.in_(newest)))
    definitions = [find_definition(session, version_id, digest) for version_id, digest in rows.all()]
    if not definitions:
        return SHIPPED_NEED
    return frozenset(role for role in COMPANY_ROLES if any(role in each.roles for each in definitions))


def _find_held(session: Session) -> frozenset[Role]:
    held = sa.select(RoleGrant.role).join(Person, Person.id == RoleGrant.person_id).where(Person.is_active)
    return frozenset(map(Role, session.scalars(held.distinct())))
