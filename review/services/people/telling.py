"""Telling HR that somebody who has left still holds work that others wait for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.mail_times import LEAVERS_HOLD
from review.models import Person, RoleGrant
from review.queries.open_work import find_holding
from review.services.messages import enqueue_message
from review.services.people.history import chunks


def tell_of_open_work(session: Session, left: Sequence[int], *, actor: Actor, now: datetime) -> None:
    """Tell HR when any of those who leave now holds work; whoever put them out hears it at once.

    One mail to each, whoever they are and however many: it names nobody, for some cases are not for all of HR.
    """
    session.flush()
    if not any(find_holding(session, ids) for ids in chunks(sorted(left))):
        return
    partners = (
        sa.select(Person.id)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.is_active, RoleGrant.role == Role.HR, Person.id != (actor.person_id or 0))
        .order_by(Person.id)
    )
    for person_id in session.scalars(partners).all():
        enqueue_message(
            session,
            key=f"{LEAVERS_HOLD}-{person_id}-{now.isoformat()}",
            to_person_id=person_id,
            template=LEAVERS_HOLD,
            params={"place": "leavers"},
            case_id=None,
            now=now,
        )
