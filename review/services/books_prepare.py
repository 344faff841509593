"""Books of all members, prepared before a session by who leads it; nobody's packets are opened by that."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import Committee, CommitteeMember, Person
from review.queries.books import find_book, list_bookable, require_lead
from review.services.books import make_book
from review.services.request_keys import claim


def prepare_books(
    session: Session, committee_id: int, *, actor: Actor, now: datetime, request_key: str | None = None
) -> int:
    """Ask for the book of each member who has none that is up to date, and return how many were asked for.

    Each holds what its reader may have, and is theirs alone: they get it once they open their packets.

    Raises NotFound for who does not lead the committee.
    """
    require_lead(session, committee_id, actor)
    session.scalar(sa.select(Committee.id).where(Committee.id == committee_id).with_for_update(key_share=True))
    if not claim(session, request_key, actor=actor, now=now):
        return 0
    members = sa.select(Person.id, Person.name).join(CommitteeMember, CommitteeMember.person_id == Person.id)
    asked = 0
    for person_id, name in session.execute(
        members.where(CommitteeMember.committee_id == committee_id).order_by(Person.id)
    ).all():
        reader = Actor(person_id, name)
        listed, last = list_bookable(session, committee_id, reader), find_book(session, committee_id, reader)
        is_there = last is not None and last.is_latest(listed) and (last.is_running or last.state == "ready")
        if listed and not is_there:
            make_book(session, committee_id, listed, last, reader=reader, actor=actor, now=now)
            asked += 1
    return asked
