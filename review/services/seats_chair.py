"""Taking the chair: where the chair cannot go on the deputy leads, and the chair is the deputy until they swap back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NotAllowed, NotFound, TransitionRefused
from review.domain.text import text
from review.models import Case, Committee, Seat
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.request_keys import claim
from review.services.seats import GIVEN_UP, PRESENT_PHASES


def may_take_chair(standing: Standing) -> bool:
    """Tell whether the actor is the deputy of this case, not its chair, while the committee works on it."""
    me = standing.actor.person_id
    is_deputy = me is not None and standing.parties.members.get(me) == "deputy"
    is_free = is_deputy and not standing.facts.is_actor_recused and "chair" not in standing.workflow_roles
    return is_free and str(standing.phase) in PRESENT_PHASES


def take_chair(
    session: Session, case_id: int, *, actor: Actor, now: datetime, request_key: str | None = None
) -> tuple[int, ...]:
    """Let the deputy lead this case and every other running one that they are the deputy of; return those cases.

    What has been done so far stays: who is in the room, votes, notes. The seats alone change, each with its event.

    Raises:
        NotFound: no part in the committee's work.
        NotAllowed: not the deputy. TransitionRefused: the committee does not meet on this case now.
    """
    _lock_committee(session, case_id)
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_read("committee.seats"):
        raise NotFound
    if str(standing.phase) not in PRESENT_PHASES:
        raise TransitionRefused([text("The committee does not meet on this case now")])
    if not may_take_chair(standing):
        raise NotAllowed(text("Only the deputy takes the chair; HR names another deputy"), is_known=True)
    if not claim(session, request_key, actor=actor, now=now):
        return ()
    taken = [case_id, *(each for each in _others(session, standing) if each != case_id)]
    for each in taken:
        _swap(session, each, actor=actor, now=now)
    return tuple(taken)


def _lock_committee(session: Session, case_id: int) -> None:
    """Let one take the chair of a committee at a time: two who begin at different cases would wait for each other."""
    of_case = sa.select(Case.committee_id).where(Case.id == case_id).scalar_subquery()
    session.execute(sa.select(Committee.id).where(Committee.id == of_case).with_for_update(key_share=True))


def _others(session: Session, standing: Standing) -> list[int]:
    """Return the committee's cases in which the actor holds the deputy's seat, locked in the order of their numbers."""
    rows = session.scalars(
        sa.select(Case.id)
        .join(Seat, Seat.case_id == Case.id)
        .where(
            Case.committee_id == standing.case.committee_id,
            Case.phase.in_(PRESENT_PHASES),
            Case.closed_at.is_(None),
            Seat.person_id == standing.actor.person_id,
            Seat.role == "deputy",
            Seat.state.not_in(GIVEN_UP),
        )
        .order_by(Case.id)
        .with_for_update(key_share=True, of=Case)
    )
    return list(rows)


def _swap(session: Session, case_id: int, *, actor: Actor, now: datetime) -> None:
    seats = session.scalars(sa.select(Seat).where(Seat.case_id == case_id, Seat.state.not_in(GIVEN_UP))).all()
    before = next((seat for seat in seats if seat.role == "chair"), None)
    for seat in seats:
        if seat.person_id == actor.person_id:
            seat.role = "chair"
        elif seat.role == "chair":
            seat.role = "deputy"
    session.flush()
    detail = {"from": before.person_id if before else None, "to": actor.person_id}
    audit.record(session, "seat.take_chair", actor=actor, now=now, case_id=case_id, detail=detail)
