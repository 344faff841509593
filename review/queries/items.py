"""The items of a case (feedback, seats): which roles an actor has on one, and its facts for the checks."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.checks import ItemFacts
from review.domain.text import Text, text
from review.models import Feedback, FeedbackAnswer, Person, Seat
from review.queries.standing import SYSTEM_ROLE, Standing

ITEM_KINDS: dict[type[Feedback] | type[Seat], str] = {Feedback: "feedback", Seat: "seat"}
CASE_WIDE = frozenset({"manager", "hr", "chair"})


def roles_on_item(standing: Standing, item: Feedback | Seat) -> frozenset[str]:
    """Return the workflow roles that the actor has on one item.

    `giver` and `member` are the item's own person; a chair acts on other seats as chair only. Who may read but not
    vote has no role on their own seat but to recuse.
    """
    if standing.actor.is_system:
        return frozenset({SYSTEM_ROLE})
    person = standing.actor.person_id
    roles = set(standing.workflow_roles & CASE_WIDE)
    if isinstance(item, Feedback):
        roles.discard("chair")
        if item.giver_id == person:
            roles.add("giver")
            roles -= {"hr"}
        return frozenset(roles)
    if item.person_id == person and standing.workflow_roles & {"member", "chair"}:
        roles.add("member")
    return frozenset(roles)


def load_item_facts(session: Session, standing: Standing, item: Feedback | Seat) -> ItemFacts:
    """Read what the checks ask about one item."""
    if isinstance(item, Seat):
        return ItemFacts(is_packet_opened=item.opened_at is not None)
    answered = frozenset(
        session.scalars(
            sa.select(FeedbackAnswer.criterion_id).where(
                FeedbackAnswer.feedback_id == item.id,
                sa.or_(
                    FeedbackAnswer.cannot_judge,
                    sa.and_(FeedbackAnswer.value.is_not(None), sa.func.length(sa.func.trim(FeedbackAnswer.done)) > 0),
                ),
            )
        )
    )
    asked = {c.id: c for c in standing.criteria if not item.criteria or c.id in item.criteria}
    unanswered = tuple(c.name_for(standing.case.track_id) for c in asked.values() if c.id not in answered)
    return ItemFacts(giver_conflict=giver_conflict(session, standing, item.giver_id), unanswered=unanswered)


def giver_conflict(session: Session, standing: Standing, giver_id: int) -> Text | None:
    """Return why somebody cannot be asked for feedback on this case, None if they can."""
    if giver_id == standing.case.candidate_id:
        return text("they are the candidate")
    if giver_id == standing.case.manager_id:
        return text("they rate the case as the manager")
    giver = session.get(Person, giver_id)
    if giver is None or not (giver.is_active or giver.is_external):
        return text("they have left the company")
    return None
