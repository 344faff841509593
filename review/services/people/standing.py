"""What a person holds: level, roles in the whole company, password."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import COMPANY_ROLES, Actor
from review.domain.errors import Fault, Invalid, NotFound
from review.domain.text import text
from review.models import Person, RoleGrant, SignIn, SignInAttempt
from review.services import audit
from review.services.people.history import write_level
from review.services.people.rights import keeper, role_keeper


def set_level(session: Session, person_id: int, level_id: str, since: date, *, actor: Actor, now: datetime) -> None:
    """Write the level a person holds from a day on, as after a promotion; the same again changes nothing.

    Raises NotFound. The caller knows that the level is on the ladder.
    """
    acting = keeper(actor)
    person = session.get(Person, person_id, with_for_update={"key_share": True})
    if person is None:
        raise NotFound
    if (person.level_id, person.level_since_on) == (level_id, since):
        return
    detail = {"from": person.level_id, "to": level_id, "since": since.isoformat()}
    person.level_id, person.level_since_on = level_id, since
    session.flush()
    write_level(session, person, since)
    audit.record(
        session, "person.level", actor=acting, now=now, subject_type="person", subject_id=person_id, detail=detail
    )


def grant_role(session: Session, person_id: int, role: str, *, actor: Actor, now: datetime) -> None:
    """Give somebody who is here a role in the whole company; nobody gives roles to themselves.

    Granting twice changes nothing. Raises NotFound, and Invalid for an unknown role, a leaver or oneself.
    """
    acting = role_keeper(actor)
    person = session.get(Person, person_id, with_for_update={"key_share": True})
    if person is None:
        raise NotFound
    if role not in set(COMPANY_ROLES):
        one_of = text("one of: %(names)s", names=", ".join(COMPANY_ROLES))
        raise Invalid([Fault(text("There is no role “%(role)s”", role=role), one_of, field="role")])
    if person_id == actor.person_id:
        raise Invalid([Fault(text("You cannot change your own roles; somebody else has to"), field="person")])
    if not person.is_active:
        raise Invalid([Fault(text("This person has left"), text("somebody who is here"), field="person")])
    if _grant(session, person_id, role) is not None:
        return
    session.add(RoleGrant(person_id=person_id, role=role, granted_by_id=actor.person_id, granted_at=now))
    _record_role(session, "role.grant", person_id, role, actor=acting, now=now)


def revoke_role(session: Session, person_id: int, role: str, *, actor: Actor, now: datetime) -> None:
    """Take a role away, from the next request on; nobody takes their own, so that one keeper always stays.

    Raises NotFound when the person does not hold it, Invalid for oneself.
    """
    acting = role_keeper(actor)
    if person_id == actor.person_id:
        raise Invalid([Fault(text("You cannot change your own roles; somebody else has to"), field="person")])
    grant = _grant(session, person_id, role)
    if grant is None:
        raise NotFound
    session.delete(grant)
    _record_role(session, "role.revoke", person_id, role, actor=acting, now=now)


def set_password(session: Session, person_id: int, password_hash: str, *, actor: Actor, now: datetime) -> None:
    """Store a first or new password for somebody, good for three days and to be changed, and end their sign-ins.

    `password_hash` comes from review.services.sign_ins.hash_password. Raises NotFound.
    """
    acting = role_keeper(actor)
    person = session.get(Person, person_id, with_for_update={"key_share": True})
    if person is None:
        raise NotFound
    person.password_hash = password_hash
    person.must_change_password = True
    open_ones = sa.update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    session.execute(open_ones.values(ended_at=now))
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.account == person.email))  # those of the old password
    audit.record(session, "person.password", actor=acting, now=now, subject_type="person", subject_id=person_id)


def _grant(session: Session, person_id: int, role: str) -> RoleGrant | None:
    return session.scalar(sa.select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.role == role))


def _record_role(session: Session, kind: str, person_id: int, role: str, *, actor: Actor, now: datetime) -> None:
    audit.record(
        session, kind, actor=actor, now=now, subject_type="person", subject_id=person_id, detail={"role": role}
    )
