"""What follows from a move of feedback: the giver is asked or told, open requests end, somebody else is suggested."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.checks.facts import OPEN
from review.domain.feedback_request import UPWARD
from review.domain.request_mails import OUTSIDE_TEMPLATES
from review.models import Feedback, Invite, InviteLink, Person
from review.services.effects import Move, effect
from review.services.messages import enqueue_message
from review.services.transitions import fire_item

KNOWN_TO_GIVER = frozenset({"asked", "writing"})


@effect("notify_giver")
def notify_giver(move: Move) -> None:
    """Ask the giver by mail; what it says is on the page."""
    row = _feedback(move)
    tell_giver(move.session, row, "notify_giver", key=f"notify_giver-{row.id}-{row.entry}", now=move.now)


def tell_giver(session: Session, row: Feedback, template: str, *, key: str, now: datetime) -> None:
    """Write a mail to the giver about their request, in the words for somebody from outside where they are."""
    is_outside = session.get_one(Person, row.giver_id).is_external
    enqueue_message(
        session,
        key=key,
        to_person_id=row.giver_id,
        template=OUTSIDE_TEMPLATES[template] if is_outside else template,
        params={"place": f"feedback:{row.id}"},
        case_id=row.case_id,
        now=now,
    )


@effect("suggest_substitute")
def suggest_substitute(move: Move) -> None:
    """Tell who asked, and the manager, that somebody said no; the page names the substitute.

    The candidate hears only of their own proposals, the manager nothing of givers that HR hides. Of a direct report's
    no nobody hears: it would tell one apart from the others.
    """
    row, case = _feedback(move), move.standing.case
    if row.kind == UPWARD:
        return
    told = {row.proposed_by_id}
    if not row.is_hidden_from_manager:
        told.add(case.manager_id)
    for person_id in sorted(person for person in told if person is not None):
        enqueue_message(
            move.session,
            key=f"feedback_declined-{row.id}-{row.entry}-{person_id}",
            to_person_id=person_id,
            template="feedback_declined",
            case_id=case.id,
            now=move.now,
        )


@effect("cancel_open_feedback")
def cancel_open_feedback(move: Move) -> None:
    """End every request that has no answer yet, and tell the givers who knew of it."""
    case_id = move.standing.case.id
    rows = move.session.scalars(
        sa.select(Feedback).where(Feedback.case_id == case_id, Feedback.state.in_(OPEN)).order_by(Feedback.id)
    ).all()
    for row in rows:
        before = row.state
        fire_item(move.session, case_id, row, "cancel", actor=SYSTEM, now=move.now)
        if before in KNOWN_TO_GIVER:
            tell_cancelled(move.session, row, now=move.now)


def tell_cancelled(session: Session, row: Feedback, *, now: datetime) -> None:
    """Tell a giver that the request is taken back; they may no longer know of the case, so the mail names none.

    Somebody from outside hears of it only if a link was mailed to them: else they never heard of the request.
    """
    is_outside = session.get_one(Person, row.giver_id).is_external
    links = sa.select(InviteLink.id).join(Invite, Invite.id == InviteLink.invite_id)
    if is_outside and session.scalar(links.where(Invite.feedback_id == row.id).limit(1)) is None:
        return
    enqueue_message(
        session,
        key=f"feedback_cancelled-{row.id}-{row.entry}",
        to_person_id=row.giver_id,
        template=OUTSIDE_TEMPLATES["feedback_cancelled"] if is_outside else "feedback_cancelled",
        case_id=None,
        now=now,
    )


def _feedback(move: Move) -> Feedback:
    if not isinstance(move.item, Feedback):
        raise TypeError(f"{move.action} is no action of feedback")
    return move.item
