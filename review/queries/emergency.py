"""Emergency access: whether it is open, what somebody asked for, and what an HR partner can answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Parties, Role, roles_in
from review.domain.emergency import lent_roles
from review.domain.values import dataclass
from review.models import Case, EmergencyAccess, Person, RoleGrant
from review.queries.own_part import is_part_of


class State(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    OPEN = "open"
    OVER = "over"
    REFUSED = "refused"


@dataclass(frozen=True)
class AccessRow:
    """A request as its asker, or an HR partner of the case, reads it. `case_id` leads there while it is open.

    `until_at` is when it was ended where that was before its time.
    """

    id: int
    code: str
    asker: str
    reason: str
    asked_at: datetime
    state: State
    answered_by: str
    until_at: datetime | None
    case_id: int | None


def find_lent(session: Session, case_id: int, roles: Collection[Role], actor: Actor, now: datetime) -> frozenset[Role]:
    """Return the roles that an open emergency access lends the actor for reading.

    No statement for anybody who could have none; one for an involved HR partner or whoever runs the installation.
    """
    lent = lent_roles(roles)
    if not lent or actor.person_id is None:
        return frozenset()
    is_open = sa.select(EmergencyAccess.id).where(
        EmergencyAccess.case_id == case_id,
        EmergencyAccess.person_id == actor.person_id,
        EmergencyAccess.is_granted.is_(True),
        EmergencyAccess.until_at > now,
        EmergencyAccess.ended_at.is_(None),
    )
    return lent if session.scalar(is_open.limit(1)) is not None else frozenset()


def list_own(session: Session, actor: Actor, *, now: datetime) -> tuple[AccessRow, ...]:
    """Return what the actor has asked for, newest first; one statement."""
    return _rows(session, EmergencyAccess.person_id == actor.person_id, now, is_own=True)


def list_to_answer(session: Session, actor: Actor, *, now: datetime) -> tuple[AccessRow, ...]:
    """Return everybody else's requests about cases that the actor runs as HR, newest first; one statement."""
    if not actor.has(Role.HR):
        return ()
    others = sa.and_(EmergencyAccess.person_id != actor.person_id, sa.not_(is_part_of(actor.person_id)))
    return _rows(session, sa.and_(EmergencyAccess.case_id.is_not(None), others), now)


def find_told(session: Session, parties: Parties, *, but: Collection[int]) -> tuple[int, ...]:
    """Return who is told that somebody was let in: other HR partners of the case, and auditors without a part in it."""
    rows = session.execute(
        sa.select(RoleGrant.person_id, RoleGrant.role)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role.in_([Role.HR, Role.AUDITOR]), Person.is_active, Person.id.not_in(but))
        .order_by(RoleGrant.person_id)
    )
    found = []
    for person_id, role in rows:
        roles = roles_in(parties, Actor(person_id, roles=frozenset({role})))
        is_close = person_id in parties.conflicts | parties.chain | {parties.candidate_id}
        if Role.HR in roles or (role == Role.AUDITOR and not is_close):
            found.append(person_id)
    return tuple(dict.fromkeys(found))


def _rows(
    session: Session, condition: sa.ColumnElement[bool], now: datetime, *, is_own: bool = False
) -> tuple[AccessRow, ...]:
    asker, answerer = aliased(Person), aliased(Person)
    records = session.execute(
        sa.select(EmergencyAccess, asker.name, answerer.name)
        .join(asker, asker.id == EmergencyAccess.person_id)
        .outerjoin(answerer, answerer.id == EmergencyAccess.answered_by_id)
        .outerjoin(Case, Case.id == EmergencyAccess.case_id)
        .where(condition)
        .order_by(EmergencyAccess.id.desc())
    )
    found = []
    for row, name, by in records:
        state = _state(row, now)
        leads = not is_own or state is State.OPEN
        found.append(
            AccessRow(
                row.id, row.code, name, row.reason, row.asked_at, state, by or "", row.ended_at or row.until_at,
                row.case_id if leads else None,
            )
        )  # fmt: skip
    return tuple(found)


def _state(row: EmergencyAccess, now: datetime) -> State:
    if row.is_granted is None:
        return State.WAITING
    if not row.is_granted:
        return State.REFUSED
    is_open = row.ended_at is None and row.until_at is not None and row.until_at > now
    return State.OPEN if is_open else State.OVER
