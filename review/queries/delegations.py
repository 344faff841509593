"""Who acts for whom, and when: one's own windows, and for HR everybody's that are not over."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.delegation import Window, WindowState, acting_as
from review.domain.values import dataclass
from review.models import Delegation, Person


@dataclass(frozen=True)
class DelegationRow:
    """One window as it is shown; `can_end` when this actor may end it now."""

    id: int
    person_id: int
    person_name: str
    delegate_id: int
    delegate_name: str
    from_on: date
    until_on: date
    reason: str
    set_up_by: str
    state: WindowState
    can_end: bool


def find_delegations(session: Session, actor: Actor, *, today: date) -> tuple[DelegationRow, ...]:
    """List the windows in which the actor lends or acts, newest first."""
    if actor.person_id is None:
        return ()
    is_own = sa.or_(Delegation.person_id == actor.person_id, Delegation.delegate_id == actor.person_id)
    return _rows(session, actor, is_own, today=today)


def find_running_delegations(session: Session, actor: Actor, *, today: date) -> tuple[DelegationRow, ...]:
    """List everybody's windows that are open or to come; for HR alone."""
    if acting_as(actor, Role.HR) is None:
        return ()
    is_running = sa.and_(Delegation.until_on >= today, Delegation.ended_at.is_(None))
    return _rows(session, actor, is_running, today=today)


def list_windows(session: Session, person_id: int) -> list[Window]:
    """Read all windows in which a person lends, for a check of a new one."""
    rows = session.execute(
        sa.select(
            Delegation.person_id,
            Delegation.delegate_id,
            Delegation.from_on,
            Delegation.until_on,
            Delegation.ended_at,
        ).where(Delegation.person_id == person_id)
    )
    return [Window(*row) for row in rows]


def may_end(actor: Actor, person_id: int) -> bool:
    """Tell whether somebody may end a window: who lends, or HR."""
    return actor.is_active and (actor.person_id == person_id or acting_as(actor, Role.HR) is not None)


def _rows(
    session: Session, actor: Actor, condition: sa.ColumnElement[bool], *, today: date
) -> tuple[DelegationRow, ...]:
    lender, delegate, maker = aliased(Person), aliased(Person), aliased(Person)
    found = session.execute(
        sa.select(Delegation, lender.name, delegate.name, maker.name)
        .join(lender, lender.id == Delegation.person_id)
        .join(delegate, delegate.id == Delegation.delegate_id)
        .join(maker, maker.id == Delegation.created_by_id)
        .where(condition)
        .order_by(Delegation.from_on.desc(), Delegation.id.desc())
    )
    return tuple(_row(actor, *row, today=today) for row in found)


def _row(actor: Actor, row: Delegation, lender: str, delegate: str, maker: str, *, today: date) -> DelegationRow:
    window = Window(row.person_id, row.delegate_id, row.from_on, row.until_on, row.ended_at)
    state = window.state(today)
    return DelegationRow(
        id=row.id,
        person_id=row.person_id,
        person_name=lender,
        delegate_id=row.delegate_id,
        delegate_name=delegate,
        from_on=row.from_on,
        until_on=row.until_on,
        reason=row.reason,
        set_up_by=maker,
        state=state,
        can_end=state in (WindowState.LATER, WindowState.OPEN) and may_end(actor, row.person_id),
    )
