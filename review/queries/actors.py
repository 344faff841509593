"""Somebody as they would act if they signed in now: their roles, and those for whom they may act."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import Delegation, Person, RoleGrant


def find_actor(session: Session, person_id: int, *, today: date) -> Actor:
    """Return a person with company roles and the delegations that are open today, as a sign-in gives them."""
    person = session.get_one(Person, person_id)
    lenders = session.scalars(
        sa.select(Person.id)
        .join(Delegation, Delegation.person_id == Person.id)
        .where(
            Person.is_active,
            Delegation.delegate_id == person_id,
            Delegation.ended_at.is_(None),
            Delegation.from_on <= today,
            Delegation.until_on >= today,
        )
    ).all()
    granted = session.execute(
        sa.select(RoleGrant.person_id, RoleGrant.role).where(RoleGrant.person_id.in_([person_id, *lenders]))
    ).all()
    roles = {each: frozenset(role for holder, role in granted if holder == each) for each in (person_id, *lenders)}
    own = roles.pop(person_id)
    return Actor(person.id, person.name, roles=own, delegators=roles, is_active=person.is_active)
