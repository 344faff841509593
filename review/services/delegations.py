"""Setting up and ending dated windows in which somebody acts for somebody else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.delegation import REASON_LENGTH, Window, WindowState, acting_as, find_window_faults
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.text import text
from review.models import Delegation, Person
from review.queries.delegations import list_windows, may_end
from review.services import audit


def open_delegation(session: Session, window: Window, *, reason: str, actor: Actor, now: datetime) -> Delegation:
    """Let the window's delegate act for its person, from one day to another, both included.

    Everybody may lend what they hold themselves; HR may set a window up for somebody else, though never for
    themselves to act in. Votes, feedback and one's own case are never lent (review.domain.access.LENDABLE).

    Raises NotAllowed; NotFound for an unknown person; Invalid with every fault at once.
    """
    acting = _acting(actor, window)
    lender = session.get(Person, window.person_id, with_for_update={"key_share": True})
    delegate = session.get(Person, window.delegate_id)
    if lender is None or delegate is None:
        raise NotFound
    faults = find_window_faults(window, list_windows(session, window.person_id), now.date())
    if not lender.is_active or not delegate.is_active:
        faults.append(Fault(text("This person has left"), text("somebody who is here"), field="delegate"))
    if len(reason) > REASON_LENGTH:
        most = text("at most %(count)s characters", count=REASON_LENGTH)
        faults.append(Fault(text("The reason is too long"), most, field="reason"))
    if faults:
        raise Invalid(faults)
    row = Delegation(
        person_id=window.person_id,
        delegate_id=window.delegate_id,
        from_on=window.from_on,
        until_on=window.until_on,
        reason=reason.strip(),
        created_by_id=actor.person_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    detail = {"from": row.from_on.isoformat(), "until": row.until_on.isoformat(), "delegate": row.delegate_id}
    _record(session, "delegation.open", row, detail, actor=acting, now=now)
    return row


def end_delegation(session: Session, delegation_id: int, *, actor: Actor, now: datetime) -> None:
    """End a window now; the delegate acts no more from the next request on.

    Raises NotFound for a window that the actor may not know of, NotAllowed for the delegate, Invalid when it is over.
    """
    row = session.get(Delegation, delegation_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFound
    if not may_end(actor, row.person_id):
        is_known = actor.person_id == row.delegate_id
        raise NotAllowed(text("Only the person you act for, or HR, can end this."), is_known=is_known)
    window = Window(row.person_id, row.delegate_id, row.from_on, row.until_on, row.ended_at)
    if window.state(now.date()) in (WindowState.OVER, WindowState.ENDED):
        raise Invalid([Fault(text("This has ended already"), field="delegation")])
    row.ended_at = now
    is_own = actor.person_id == row.person_id
    acting = actor if is_own else acting_as(actor, Role.HR) or actor
    _record(session, "delegation.end", row, {"delegate": row.delegate_id}, actor=acting, now=now)


def _acting(actor: Actor, window: Window) -> Actor:
    if actor.is_system or (actor.is_active and actor.person_id == window.person_id):
        return actor
    acting = acting_as(actor, Role.HR)
    if acting is None:
        raise NotAllowed
    if actor.person_id == window.delegate_id:
        raise NotAllowed(text("HR cannot let themselves act for somebody else; another HR partner can."), is_known=True)
    return acting


def _record(
    session: Session, kind: str, row: Delegation, detail: dict[str, object], *, actor: Actor, now: datetime
) -> None:
    audit.record(session, kind, actor=actor, now=now, subject_type="person", subject_id=row.person_id, detail=detail)
