"""What a new installation has and lacks before its first cycle."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Role
from review.domain.values import dataclass
from review.models import Cycle, LadderDraft, LadderVersion, Person, RoleGrant, WorkflowVersion


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Whether a ladder, people, a second HR partner, a workflow and a cycle are there.

    `ladder_draft_id`, `workflow_id`: what is proposed and waits for a second HR partner.
    """

    has_ladder: bool
    has_people: bool
    has_partner: bool
    has_workflow: bool
    has_cycle: bool
    ladder_draft_id: int | None = None
    workflow_id: int | None = None

    @property
    def is_done(self) -> bool:
        """Tell whether nothing of it is missing."""
        return all((self.has_ladder, self.has_people, self.has_partner, self.has_workflow, self.has_cycle))


def load_first_steps(session: Session) -> FirstSteps:
    """Return what is there; one statement. Somebody with a manager is there once people were taken in."""
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
    return FirstSteps(*row)
