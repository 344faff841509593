"""How a step for many cases ended, for whoever asked for it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.bulk import Step, Wish, read_text, read_wish
from review.domain.errors import NotFound
from review.domain.text import Text
from review.domain.values import dataclass
from review.models import BulkStep, BulkStepCase, Case, Person
from review.queries.own_part import is_part_of


@dataclass(frozen=True)
class BulkRow:
    """One case of a step: waiting, done or refused, and what was done or why not."""

    case_id: int
    code: str
    candidate: str
    state: str
    said: Text


@dataclass(frozen=True)
class BulkResult:
    """A step with its cases in the order of their codes; `is_running` while some wait."""

    id: int
    step: Step
    wish: Wish
    asked_at: datetime
    is_running: bool
    rows: tuple[BulkRow, ...]

    def count(self, state: str) -> int:
        """Return how many cases are in a state."""
        return sum(row.state == state for row in self.rows)


def load_result(session: Session, cycle_id: int, bulk_id: int, actor: Actor) -> BulkResult:
    """Return how a step ended, in two statements; cases that the actor has become part of are left out.

    Raises NotFound for everybody but the HR partner who asked for it.
    """
    step = session.get(BulkStep, bulk_id) if actor.has(Role.HR) else None
    if step is None or step.cycle_id != cycle_id or step.person_id != actor.person_id:
        raise NotFound
    rows = session.execute(
        sa.select(Case.id, Case.code, Person.name, BulkStepCase.state, BulkStepCase.said)
        .join(Case, Case.id == BulkStepCase.case_id)
        .join(Person, Person.id == Case.candidate_id)
        .where(BulkStepCase.bulk_step_id == bulk_id, sa.not_(is_part_of(actor.person_id)))
        .order_by(Case.code, Case.id)
    )
    found = tuple(BulkRow(row.id, row.code, row.name, row.state, read_text(row.said)) for row in rows)
    return BulkResult(step.id, Step(step.step), read_wish(step.params), step.asked_at, step.ended_at is None, found)
