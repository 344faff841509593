"""Ending sign-ins: one's own, one by one or all but this one, and all of somebody who lost a laptop or left."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NotFound
from review.models import Person, SignIn
from review.services import audit
from review.services.people.rights import keeper
from review.services.sign_ins import end_all_sign_ins, end_sign_in


def end_own_sign_in(session: Session, sign_in_id: int, *, actor: Actor, now: datetime) -> None:
    """End one of one's own sign-ins; raise NotFound for another's, and for one that has ended."""
    row = session.get(SignIn, sign_in_id)
    if row is None or row.person_id != actor.person_id or row.ended_at is not None:
        raise NotFound
    end_sign_in(session, sign_in_id, actor=actor, now=now)


def end_other_sign_ins(session: Session, keep_id: int, *, actor: Actor, now: datetime) -> None:
    """End all of one's own sign-ins but one."""
    others = (SignIn.person_id == actor.person_id, SignIn.id != keep_id, SignIn.ended_at.is_(None))
    session.execute(sa.update(SignIn).where(*others).values(ended_at=now))
    about = {"subject_type": "person", "subject_id": actor.person_id}
    audit.record(session, "sign_in.end_others", actor=actor, now=now, **about)  # type: ignore[arg-type]


def end_sign_ins_of(session: Session, person_id: int, *, actor: Actor, now: datetime) -> None:
    """End every sign-in of somebody; raise NotAllowed for who does not keep the directory, NotFound."""
    acting = keeper(actor)
    if session.get(Person, person_id) is None:
        raise NotFound
    end_all_sign_ins(session, person_id, actor=acting, now=now)
