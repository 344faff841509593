"""Check-ins of a growth plan, as candidate, manager and HR read them."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.values import dataclass
from review.models import AuditEvent, CheckIn, GrowthPlan, Person
from review.queries.growth import PARTIES
from review.queries.standing import Standing

CHECK_INS = "growth_plan.check_ins"
NOTED = "growth.check_in"
"""The event of the trail, which says on whose behalf somebody wrote."""


@dataclass(frozen=True)
class CheckInLine:
    """What was done for one activity."""

    item_id: int
    activity: str
    words: str


@dataclass(frozen=True)
class CheckInRow:
    """One check-in, signed; `can_change` for its author. `on_behalf_of`: the manager for whom a delegate wrote."""

    id: int
    version: int
    held_on: date
    lines: tuple[CheckInLine, ...]
    next_on: date | None
    written_by: str
    on_behalf_of: str
    written_at: datetime
    can_change: bool


@dataclass(frozen=True)
class CheckIns:
    """All check-ins of a case, the newest first; `next_on` is when the plan is looked at again."""

    rows: tuple[CheckInRow, ...]
    can_write: bool

    @property
    def next_on(self) -> date | None:
        """Return the day that the newest check-in named."""
        return self.rows[0].next_on if self.rows else None


def load_check_ins(session: Session, standing: Standing, *, is_agreed: bool) -> CheckIns | None:
    """Return the check-ins; None for who may not read them. One statement.

    Args:
        is_agreed: whether both have agreed to the plan: before, nothing is noted.
    """
    if not standing.may_read(CHECK_INS):
        return None
    can_write = is_agreed and may_note(standing)
    holder = aliased(Person)
    lent = sa.select(sa.func.max(AuditEvent.on_behalf_of_id)).where(
        AuditEvent.case_id == standing.case.id, AuditEvent.kind == NOTED, AuditEvent.subject_id == CheckIn.id
    )
    rows = session.execute(
        sa.select(CheckIn, Person.name, holder.name)
        .join(Person, Person.id == CheckIn.written_by_id)
        .outerjoin(holder, holder.id == lent.scalar_subquery())
        .where(CheckIn.case_id == standing.case.id)
        .order_by(CheckIn.held_on.desc(), CheckIn.id.desc())
    )
    me = standing.actor.person_id if can_write else None
    return CheckIns(tuple(_row(row, name, lender, me) for row, name, lender in rows), can_write)


def may_note(standing: Standing) -> bool:
    """Tell whether the actor notes check-ins here: as the candidate, or as the manager at this moment."""
    return standing.may_write(CHECK_INS) and not standing.workflow_roles.isdisjoint(PARTIES)


def is_agreed(plan: GrowthPlan | None) -> bool:
    """Tell whether both have agreed to a plan."""
    return plan is not None and None not in (plan.agreed_by_candidate_at, plan.agreed_by_manager_at)


def _row(check_in: CheckIn, name: str, lender: str | None, me: int | None) -> CheckInRow:
    return CheckInRow(
        id=check_in.id,
        version=check_in.version,
        held_on=check_in.held_on,
        lines=tuple(CheckInLine(each["item"], each["activity"], each["words"]) for each in check_in.lines),
        next_on=check_in.next_on,
        written_by=name,
        on_behalf_of=lender or "",
        written_at=check_in.written_at,
        can_change=check_in.written_by_id == me,
    )
