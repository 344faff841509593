"""Seats on a case: opened when the packet is sealed, given up for a conflict, filled anew after an appeal."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor
from review.domain.conflicts import ConflictLevel
from review.domain.errors import NotAllowed, NotFound, TransitionRefused
from review.domain.seating import BelowReason, SeatingChoice
from review.domain.text import text
from review.models import Case, CommitteeMember, Gap, Person, Seat
from review.queries.standing import lock_standing
from review.services import audit
from review.services.committees import choose_for
from review.services.effects import Move, effect
from review.services.transitions import Fired, fire_item, open_item

BARRED = frozenset({ConflictLevel.OUT, ConflictLevel.NO_VOTE})
GIVEN_UP = ("recused", "replaced")
SEAT_AGAIN = ("read", "voted", "closed", "absent")
PRESENT_PHASES = ("sealed", "voting", "revealed")


@effect("seat_committee")
def seat_committee(move: Move) -> None:
    """Seat the members of the case's committee; where it has none, the least loaded one without a conflict.

    Who has a conflict is recused at once. Seats from before an unsealing are taken up again, to be read anew; a
    recusal stays. Raises TransitionRefused where no committee can take the case.
    """
    case = move.standing.case
    if case.committee_id is None:
        choice = choose_for(move.session, move.standing.cycle, case)
        if choice.committee_id is None:
            raise TransitionRefused([choice.reason])
        case.committee_id = choice.committee_id
        _note_below(move, choice)
    _seat_members(move)


@effect("seat_fresh_committee")
def seat_fresh_committee(move: Move) -> None:
    """Seat another committee of the cycle, of which nobody has sat on the case; the gaps named before are set aside.

    Raises TransitionRefused where there is none.
    """
    case, seats = move.standing.case, _seats(move.session, move.standing.case.id)
    choice = choose_for(move.session, move.standing.cycle, case, without=seats)
    if choice.committee_id is None or choice.committee_id == case.committee_id:
        raise TransitionRefused([text("No other committee of this cycle is free of people who sat on this case")])
    for seat in seats.values():
        if seat.state not in GIVEN_UP:
            fire_item(move.session, case.id, seat, "replace", actor=SYSTEM, now=move.now)
        seat.role = "member"
    for gap in move.session.scalars(sa.select(Gap).where(Gap.case_id == case.id, Gap.removed_at.is_(None))):
        gap.removed_at = move.now
    case.committee_id = choice.committee_id
    _note_below(move, choice)
    _seat_members(move)


def mark_read(session: Session, case_id: int, *, actor: Actor, now: datetime, request_key: str | None = None) -> Fired:
    """Say that one has read the packet, on one's own seat; refused until it has been opened."""
    seat = own_seat(session, case_id, actor, now=now)
    return fire_item(session, case_id, seat, "mark_read", actor=actor, now=now, request_key=request_key)


def set_present(session: Session, case_id: int, person_ids: set[int], *, actor: Actor, now: datetime) -> None:
    """Record who is in the room; only the chair, and only people who hold a seat that can vote."""
    standing = lock_standing(session, case_id, actor, now=now)
    if "chair" not in standing.workflow_roles or standing.facts.is_actor_recused:
        raise NotAllowed(text("Only the chair records who is in the room"), is_known=True)
    if str(standing.phase) not in PRESENT_PHASES:
        raise TransitionRefused([text("The committee does not meet on this case now")])
    able = {person for person, seat in _seats(session, case_id).items() if seat.state not in GIVEN_UP}
    standing.case.present_ids = sorted(person_ids & able)
    detail = {"present": standing.case.present_ids}
    audit.record(session, "seat.present", actor=actor, now=now, case_id=case_id, detail=detail)


def own_seat(session: Session, case_id: int, actor: Actor, *, now: datetime) -> Seat:
    """Lock the case and return the actor's own seat on it; raise NotFound where there is none that still stands."""
    lock_standing(session, case_id, actor, now=now)
    seat = _seats(session, case_id).get(actor.person_id or 0)
    if seat is None or seat.state in GIVEN_UP:
        raise NotFound
    return seat


def give_up_seat(session: Session, case_id: int, person_id: int, *, actor: Actor, now: datetime) -> None:
    """Recuse a person from a case where they hold a seat; nothing happens where they hold none."""
    seat = _seats(session, case_id).get(person_id)
    if seat is not None and seat.state not in GIVEN_UP:
        fire_item(session, case_id, seat, "recuse", actor=actor, now=now)


def _note_below(move: Move, choice: SeatingChoice) -> None:
    """Keep it in the record where members below the target level judge a case since no other committee can take it."""
    if choice.below:
        detail = {"committee": choice.committee_id, "count": choice.below, "why": str(BelowReason.FEW)}
        audit.record(
            move.session, "committee.give_below", actor=move.actor, now=move.now, case_id=move.standing.case.id,
            detail=detail,
        )  # fmt: skip


def _seat_members(move: Move) -> None:
    session, case = move.session, move.standing.case
    case.present_ids, case.vote_round = [], 0
    session.flush()
    seats, members = _seats(session, case.id), _members(session, case)
    for person_id, seat in seats.items():
        if person_id not in members and seat.state not in GIVEN_UP:
            fire_item(session, case.id, seat, "replace", actor=SYSTEM, now=move.now)
    for person_id, role in members.items():
        existing = seats.get(person_id)
        seat = _take_up(move, existing, role) if existing else _open(move, person_id, role)
        if _is_barred(move, person_id) and seat.state not in GIVEN_UP:
            fire_item(session, case.id, seat, "recuse", actor=SYSTEM, now=move.now)


def _open(move: Move, person_id: int, role: str) -> Seat:
    seat = Seat(person_id=person_id, role=role)
    open_item(move.session, move.standing.case.id, seat, actor=SYSTEM, now=move.now)
    return seat


def _take_up(move: Move, seat: Seat, role: str) -> Seat:
    if seat.state in SEAT_AGAIN:
        fire_item(move.session, move.standing.case.id, seat, "seat_again", actor=SYSTEM, now=move.now)
    seat.role, seat.opened_at = role, None
    return seat


def _is_barred(move: Move, person_id: int) -> bool:
    return bool(BARRED & set(move.standing.conflicts.get(person_id, {}).values()))


def _members(session: Session, case: Case) -> dict[int, str]:
    rows = session.execute(
        sa.select(CommitteeMember.person_id, CommitteeMember.role)
        .join(Person, Person.id == CommitteeMember.person_id)
        .where(CommitteeMember.committee_id == case.committee_id, Person.is_active)
        .order_by(CommitteeMember.id)
    )
    return {row.person_id: row.role for row in rows}


def _seats(session: Session, case_id: int) -> dict[int, Seat]:
    rows = session.scalars(sa.select(Seat).where(Seat.case_id == case_id).order_by(Seat.id))
    return {seat.person_id: seat for seat in rows}
