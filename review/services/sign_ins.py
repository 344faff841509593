"""Passwords and signed-in browsers: opening, refusing, ending; what is stored is a hash in both cases."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor
from review.domain.errors import Fault, Invalid
from review.domain.identity import Origin
from review.domain.text import text
from review.domain.values import dataclass
from review.models import AuditEvent, Person, SignIn, SignInAttempt
from review.queries.ready import Ready
from review.services import audit
from review.services.password_check import is_made_of
from review.services.password_rules import find_fault, leaked_of

WINDOW = timedelta(minutes=15)
MOST_PER_ACCOUNT = 5
"""Failures for one account from one address within the window; another address is not shut out by them."""
MOST_PER_ADDRESS = 50
MOST_PER_ACCOUNT_ANYWHERE = 100
"""Failures for one account from all addresses together: who guesses from many is stopped, too."""
KEPT = timedelta(days=1)
GRACE = timedelta(minutes=1)
"""How long the token before a proof still opens: for what was on its way meanwhile, as a page that saves itself."""
FIRST_LIFE = timedelta(days=3)
"""How long a password that somebody else set opens anything, until its owner has put their own in its place."""
MOST_LENGTH = 200
TOKEN_BYTES = 32

_HERE = Origin()
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True)
class SignInResult:
    """What came of an attempt: a token for the browser's cookie, or none; `is_throttled`: too many failures lately.

    `person_id` is whose account it was, also where no token is given.
    """

    token: str | None
    person_id: int | None = None
    is_throttled: bool = False


class ProofResult(StrEnum):
    """What came of proving who one is."""

    RIGHT = "right"
    WRONG = "wrong"
    THROTTLED = "throttled"


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password (19 MiB, two passes, one lane)."""
    return _hasher.hash(password)


def digest_token(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def try_sign_in(
    session: Session, email: str, password: str, *, address: str, now: datetime, origin: Origin = _HERE
) -> SignInResult:
    """Check a password and open a sign-in; a failure is counted and takes as long as a success.

    The caller commits in both cases.
    """
    account, address = email.strip().lower()[:MOST_LENGTH], bucket_address(address)
    session.flush()
    found = _ACCOUNT.rows(session.connection(), {"account": account})
    known, stored, must_change = found[0] if found else (None, None, False)
    if is_throttled(session, account, address, now=now):
        return SignInResult(None, known, is_throttled=True)
    is_right = _is_password(stored or _decoy(), password)
    if known is None or stored is None or not is_right or (must_change and _has_run_out(session, known, now)):
        count_failure(session, account, address, now=now)
        return SignInResult(None, known)
    if _hasher.check_needs_rehash(stored):
        session.execute(
            sa.update(Person)
            .where(Person.id == known)
            .values(password_hash=hash_password(password), version=Person.version + 1)
        )
    return SignInResult(open_sign_in(session, known, now=now, origin=origin), known)


def open_sign_in(session: Session, person_id: int, *, now: datetime, origin: Origin = _HERE) -> str:
    """Open a sign-in for a person known to be right, and return its token."""
    token, proof = secrets.token_urlsafe(TOKEN_BYTES), origin.proof
    session.flush()
    values = {
        "token_hash": digest_token(token),
        "person_id": person_id,
        "created_at": now,
        "last_seen_at": now,
        "confirmed_at": now if proof is None else proof.confirmed_at or now,
        "browser": origin.browser,
        "issuer": proof.issuer if proof else None,
        "subject": proof.subject if proof else None,
        "provider_session": proof.session_id if proof else None,
    }
    _OPEN.change(session.connection(), values)
    audit.record(session, "sign_in.open", actor=Actor(person_id), now=now, subject_type="person", subject_id=person_id)
    return token


def note_use(session: Session, sign_in_id: int, *, now: datetime) -> None:
    """Keep when a sign-in was last used to change something."""
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(last_seen_at=now))


def end_sign_in(session: Session, sign_in_id: int, *, actor: Actor, now: datetime) -> None:
    """End one sign-in; its token opens nothing from the next request on."""
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(ended_at=now))
    audit.record(session, "sign_in.end", actor=actor, now=now, subject_type="person", subject_id=actor.person_id)


def renew_token(session: Session, sign_in_id: int, *, now: datetime) -> str:
    """Give a sign-in another token, and return it; the one of before opens nothing after a minute."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"token_before": SignIn.token_hash, "before_until_at": now + GRACE, "token_hash": digest_token(token)}
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(values))
    return token


def end_replaced(session: Session, token: str, *, now: datetime) -> None:
    """End the sign-in that a browser had until now, as somebody has just signed in there anew."""
    digest = digest_token(token)
    here = sa.or_(SignIn.token_hash == digest, SignIn.token_before == digest)
    ended = sa.update(SignIn).where(here, SignIn.ended_at.is_(None)).values(ended_at=now).returning(SignIn.person_id)
    person_id = session.scalar(ended)
    if person_id is not None:
        actor = Actor(person_id)
        audit.record(session, "sign_in.end", actor=actor, now=now, subject_type="person", subject_id=person_id)


def end_all_sign_ins(session: Session, person_id: int, *, now: datetime, actor: Actor = SYSTEM) -> None:
    """End every sign-in of a person, as after a change of password or a lost laptop."""
    open_ones = sa.update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    session.execute(open_ones.values(ended_at=now))
    audit.record(session, "sign_in.end_all", actor=actor, now=now, subject_type="person", subject_id=person_id)


def change_password(
    session: Session, person_id: int, current: str, new: str, *, actor: Actor, address: str, now: datetime
) -> str:
    """Change one's password, end all sign-ins and return the token of a fresh one.

    Raises Invalid when the current password is wrong, too often so, or the new one too short, or the same. A failure
    counts as that of a sign-in does: the caller commits in every case.
    """
    person = session.get_one(Person, person_id)
    account, address = person.email or f"person {person.id}", bucket_address(address)
    if is_throttled(session, account, address, now=now):
        raise Invalid([Fault(text("Too many attempts. Wait a quarter of an hour, then try again."), field="current")])
    if person.password_hash is None or not _is_password(person.password_hash, current):
        count_failure(session, account, address, now=now)
        raise Invalid([Fault(text("This is not your current password"), field="current")])
    if fault := find_fault(new, person.name, person.email or "", leaked=leaked_of(session)):
        raise Invalid([fault])
    if new == current:
        raise Invalid([Fault(text("Choose another one than before"), field="new")])
    person.password_hash = hash_password(new)
    person.must_change_password = False
    end_all_sign_ins(session, person_id, now=now, actor=actor)
    return open_sign_in(session, person_id, now=now)


def prove_by_password(
    session: Session, sign_in_id: int, password: str, *, actor: Actor, address: str, now: datetime
) -> ProofResult:
    """Note that the person at a browser has just proved who they are; failures count as those of a sign-in do.

    The caller commits in every case.
    """
    person = session.get_one(Person, actor.person_id)
    account, address = person.email or f"person {person.id}", bucket_address(address)
    if is_throttled(session, account, address, now=now):
        return ProofResult.THROTTLED
    if not _is_password(person.password_hash or _decoy(), password) or person.password_hash is None:
        count_failure(session, account, address, now=now)
        return ProofResult.WRONG
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(confirmed_at=now))
    audit.record(session, "sign_in.confirm", actor=actor, now=now, subject_type="person", subject_id=person.id)
    return ProofResult.RIGHT


def bucket_address(address: str) -> str:
    """Return by what an address is counted: one household of IPv6 has 2^64 of them, and is counted as one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def count_failure(session: Session, account: str, address: str, *, now: datetime) -> None:
    """Count one failure for the rate limit, and sweep old ones away."""
    session.add(SignInAttempt(account=account, address=address, at=now))
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < now - KEPT))
    session.flush()


def forget_failures(session: Session, account: str) -> None:
    """Forget the failures of an account: its password is another one now, and those were with the old one."""
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.account == account))


def is_throttled(session: Session, account: str, address: str, *, now: datetime) -> bool:
    """Tell whether there were too many failures lately: of an account from an address or from all, or of an address."""
    session.flush()
    [counts] = _FAILURES.rows(session.connection(), {"account": account, "address": address, "since": now - WINDOW})
    limits = (MOST_PER_ACCOUNT, MOST_PER_ADDRESS, MOST_PER_ACCOUNT_ANYWHERE)
    return any(count >= most for count, most in zip(counts, limits, strict=True))


def _select_account() -> sa.Select[Any]:
    columns: tuple[Any, ...] = (Person.id, Person.password_hash, Person.must_change_password)
    return sa.select(*columns).where(Person.email == sa.bindparam("account", type_=sa.String), Person.is_active)


def _count_failures() -> sa.Select[Any]:
    """Return the statement of how many failures there were: of an account from an address, of the address, of it."""
    is_here = SignInAttempt.address == sa.bindparam("address", type_=sa.String)
    is_theirs = SignInAttempt.account == sa.bindparam("account", type_=sa.String)
    counts: tuple[Any, ...] = (
        sa.func.count().filter(is_here, is_theirs),
        sa.func.count().filter(is_here),
        sa.func.count().filter(is_theirs),
    )
    since = sa.bindparam("since", type_=SignInAttempt.at.type)
    return sa.select(*counts).where(SignInAttempt.at > since, sa.or_(is_here, is_theirs))


def _insert_sign_in() -> sa.Insert:
    given = "token_hash person_id created_at last_seen_at confirmed_at browser issuer subject provider_session"
    return sa.insert(SignIn).values({name: sa.bindparam(name) for name in given.split()})


_ACCOUNT, _FAILURES, _OPEN = Ready(_select_account), Ready(_count_failures), Ready(_insert_sign_in)


def _has_run_out(session: Session, person_id: int, now: datetime) -> bool:
    """Tell whether a password that somebody else set was not changed in time; the record says when it was set."""
    is_theirs = (AuditEvent.kind == "person.password", AuditEvent.subject_id == person_id)
    set_at = session.scalar(sa.select(sa.func.max(AuditEvent.at)).where(*is_theirs))
    return set_at is None or now - set_at > FIRST_LIFE


@cache
def _decoy() -> str:
    """Return what looks like a hash and is of nothing: an unknown account takes as long as a known one, always."""
    salt, tag = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (_hasher.salt_len, _hasher.hash_len)
    )
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${tag}"


def _is_password(stored: str, password: str) -> bool:
    try:
        return is_made_of(stored, password[:MOST_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
