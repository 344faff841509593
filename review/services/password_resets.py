"""A forgotten password: a link is asked for by e-mail, and sets a new password once."""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor
from review.domain.errors import Invalid, NotFound
from review.models import Identity, PasswordReset, Person
from review.services import audit
from review.services.invite_links import hash_token
from review.services.messages import enqueue_message
from review.services.password_links import FORGOTTEN
from review.services.password_rules import find_fault, leaked_of
from review.services.sign_ins import (
    MOST_LENGTH,
    bucket_address,
    count_failure,
    end_all_sign_ins,
    forget_failures,
    hash_password,
    is_throttled,
)


def ask_for_reset(session: Session, email: str, *, address: str, now: datetime, issuer: str = "") -> None:
    """Mail a link to whoever has this e-mail here, and say nothing of whether anybody has.

    Each asking counts for the rate limit; beyond it nothing is mailed, and the answer is the same.

    Args:
        issuer: the identity provider of the installation: whoever signs in there gets no link, which would be a way
            past its second factor.
    """
    email, address = email.strip().lower()[:MOST_LENGTH], bucket_address(address)
    account = f"forgotten {email}"
    if is_throttled(session, account, address, now=now):
        return
    count_failure(session, account, address, now=now)
    may_have = (Person.is_active, ~Person.is_external, ~_is_linked(Person.id, issuer))
    person = session.scalar(sa.select(Person).where(Person.email == email, *may_have))
    if person is None:
        return
    key = f"{FORGOTTEN}-{person.id}-{secrets.token_hex(8)}"
    enqueue_message(session, key=key, to_person_id=person.id, template=FORGOTTEN, case_id=None, now=now)
    about = {"subject_type": "person", "subject_id": person.id}
    audit.record(session, "password.forgotten", actor=SYSTEM, now=now, **about)  # type: ignore[arg-type]


def find_reset(session: Session, token: str, *, now: datetime, issuer: str = "") -> PasswordReset | None:
    """Return what a link opens: None when it was used, is too old, never was, or is of who signs in at the provider."""
    is_linked = _is_linked(PasswordReset.person_id, issuer)
    is_open = (PasswordReset.used_at.is_(None), PasswordReset.until_at > now, ~is_linked)
    return session.scalar(sa.select(PasswordReset).where(PasswordReset.token_hash == hash_token(token), *is_open))


def use_reset(session: Session, token: str, new: str, *, now: datetime, issuer: str = "") -> None:
    """Set the password anew by a link: it and all others end, and so does every sign-in.

    Raises NotFound for a link that opens nothing (any more), Invalid for a password that is refused.
    """
    reset = find_reset(session, token, now=now, issuer=issuer)
    if reset is None:
        raise NotFound
    person = session.get_one(Person, reset.person_id, with_for_update={"key_share": True}, populate_existing=True)
    session.refresh(reset)
    if not person.is_active or reset.used_at is not None:
        raise NotFound
    if fault := find_fault(new, person.name, person.email or "", leaked=leaked_of(session)):
        raise Invalid([fault])
    person.password_hash, person.must_change_password = hash_password(new), False
    is_theirs = (PasswordReset.person_id == person.id, PasswordReset.used_at.is_(None))
    session.execute(sa.update(PasswordReset).where(*is_theirs).values(used_at=now))
    actor = Actor(person.id)
    audit.record(session, "password.reset", actor=actor, now=now, subject_type="person", subject_id=person.id)
    end_all_sign_ins(session, person.id, now=now, actor=actor)
    forget_failures(session, person.email or f"person {person.id}")


def _is_linked(person_id: sa.orm.InstrumentedAttribute[int], issuer: str) -> sa.ColumnElement[bool]:
    """Return whether somebody signs in at an identity provider."""
    return sa.exists().where(Identity.person_id == person_id, Identity.issuer == issuer)
