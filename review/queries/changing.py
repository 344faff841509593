"""One proposed request, as the manager or HR may change it before it goes out."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.domain.feedback_request import find_decisions
from review.domain.values import dataclass
from review.models import Feedback, Person
from review.queries.askable import DECIDERS, is_visible
from review.queries.cycles import load_dates
from review.queries.standing import Standing


@dataclass(frozen=True)
class ChangePage:
    """The request as it was proposed; `last_on` is the last day that can be given."""

    id: int
    giver: str
    function: str
    proposed_by: str
    note: str
    criteria: tuple[str, ...]
    last_on: date | None


def find_changeable(session: Session, standing: Standing, feedback_id: int) -> Feedback:
    """Return a proposed request that the actor decides on; raise NotFound for any other and for anybody else."""
    row = session.get(Feedback, feedback_id)
    if row is None or row.case_id != standing.case.id or not is_visible(standing, row):
        raise NotFound
    can_decide = standing.roles & DECIDERS and standing.may_write("feedback.proposals")
    if not can_decide or "approve" not in find_decisions(row.state, row.kind, can_see_authors=False):
        raise NotFound
    return row


def load_change_page(session: Session, standing: Standing, feedback_id: int) -> ChangePage:
    """Return what can be changed of a request; raise NotFound as find_changeable() does."""
    row = find_changeable(session, standing, feedback_id)
    giver = session.get_one(Person, row.giver_id)
    proposer = session.get(Person, row.proposed_by_id) if row.proposed_by_id else None
    return ChangePage(
        id=row.id,
        giver=giver.name,
        function=row.function,
        proposed_by=proposer.name if proposer else "",
        note=row.note,
        criteria=tuple(row.criteria),
        last_on=load_dates(session, standing.cycle.id).get("feedback_deadline"),
    )
