"""Views of a cycle's cases that somebody keeps for themselves, under names of their own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.text import text
from review.models import KeptView
from review.services import audit
from review.services.first_writes import write_over

MOST_VIEWS = 20


def keep_view(session: Session, cycle_id: int, name: str, address: str, *, actor: Actor, now: datetime) -> None:
    """Keep how the list is narrowed and sorted under a name; the same name again takes the place of the earlier one.

    Raises NotAllowed for everybody but HR, Invalid without a name or with too many views.
    """
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner runs cycles"))
    if not name:
        raise Invalid([Fault(text("Give the view a name"), field="name")])
    own = (KeptView.person_id == actor.person_id, KeptView.cycle_id == cycle_id)
    names = session.scalars(sa.select(KeptView.name).where(*own)).all()
    if name not in names and len(names) >= MOST_VIEWS:
        raise Invalid([Fault(text("You keep %(count)s views; drop one first", count=MOST_VIEWS), field="name")])
    place = {"person_id": actor.person_id, "cycle_id": cycle_id, "name": name}
    values = {**place, "address": address, "created_at": now}
    session.execute(write_over(session, KeptView, values, unique=tuple(place), change=("address",)))
    audit.record(session, "view.keep", actor=actor, now=now, subject_type="cycle", subject_id=cycle_id)


def drop_view(session: Session, cycle_id: int, view_id: int, *, actor: Actor, now: datetime) -> None:
    """Forget one of the actor's own views; raise NotFound for anybody else's."""
    row = session.get(KeptView, view_id)
    if row is None or (row.person_id, row.cycle_id) != (actor.person_id, cycle_id):
        raise NotFound
    session.delete(row)
    audit.record(session, "view.drop", actor=actor, now=now, subject_type="cycle", subject_id=cycle_id)
