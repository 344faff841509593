"""Leaving: whoever has left is out at the next request, and holds nothing any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid, NotFound
from review.domain.text import text
from review.models import ApiToken, Delegation, Person, RoleGrant, SignIn
from review.services import audit
from review.services.people.history import chunks, standing_of, write_history
from review.services.people.rights import keeper
from review.services.people.telling import tell_of_open_work


def deactivate(session: Session, person_id: int, *, actor: Actor, now: datetime) -> None:
    """Mark a person as having left today and put them out; HR is told when they still hold work.

    Ends sign-ins, tokens of the API, delegations both ways and company roles; keeps every word they wrote. Raises
    NotFound, and Invalid for oneself or somebody who has left already.
    """
    acting = keeper(actor)
    person = session.get(Person, person_id, with_for_update={"key_share": True})
    if person is None:
        raise NotFound
    if person_id == actor.person_id:
        raise Invalid([Fault(text("You cannot put yourself out; somebody else has to"), field="person")])
    if not person.is_active:
        raise Invalid([Fault(text("This person has left already"), field="person")])
    person.is_active = False
    person.left_on = now.date()
    write_history(session, [standing_of(person)], now.date())
    ended = put_out(session, [person_id], now=now)
    detail = {"roles": list(ended.get(person_id, ()))}
    audit.record(
        session, "person.leave", actor=acting, now=now, subject_type="person", subject_id=person_id, detail=detail
    )
    tell_of_open_work(session, [person_id], actor=actor, now=now)


def put_out(session: Session, person_ids: Sequence[int], *, now: datetime) -> dict[int, tuple[str, ...]]:
    """End sign-ins, tokens, delegations and company roles of people; return the roles that each one held."""
    held: dict[int, list[str]] = defaultdict(list)
    for ids in chunks(person_ids):
        session.execute(
            sa.update(SignIn).where(SignIn.person_id.in_(ids), SignIn.ended_at.is_(None)).values(ended_at=now)
        )
        revoked = sa.update(ApiToken).where(ApiToken.person_id.in_(ids), ApiToken.revoked_at.is_(None))
        session.execute(revoked.values(revoked_at=now))
        is_theirs = sa.or_(Delegation.person_id.in_(ids), Delegation.delegate_id.in_(ids))
        session.execute(sa.update(Delegation).where(is_theirs, Delegation.ended_at.is_(None)).values(ended_at=now))
        grants = sa.select(RoleGrant.person_id, RoleGrant.role).where(RoleGrant.person_id.in_(ids))
        for person_id, role in session.execute(grants.order_by(RoleGrant.role)):
            held[person_id].append(role)
        session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id.in_(ids)))
    return {person_id: tuple(roles) for person_id, roles in held.items()}
