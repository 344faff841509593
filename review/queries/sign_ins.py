"""Who is behind a request: the person, their roles, those they act for and their jobs, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor
from review.domain.values import dataclass
from review.models import AuditHead, Delegation, Person, RoleGrant, SignIn
from review.queries.navigation import Jobs, job_columns
from review.queries.ready import Ready


@dataclass(frozen=True)
class CurrentSignIn:
    """A signed-in browser and the person at it; `newest` is the number of the last event in the trail.

    `confirmed_at`: when they last proved who they are; `issuer`: the identity provider by which they came, if any.
    """

    id: int
    created_at: datetime
    last_seen_at: datetime
    title: str
    locale: str | None
    zone: str | None
    must_change_password: bool
    confirmed_at: datetime
    issuer: str | None
    newest: int
    jobs: Jobs
    actor: Actor


def find_sign_in(connection: Connection, token_hash: str, *, today: date) -> CurrentSignIn | None:
    """Return the sign-in with this token, unless it has ended or the person has been deactivated."""
    rows = _find_rows(connection, token_hash, today)
    if not rows:
        return None
    sign_in, created_at, seen_at, *frame, person, name, confirmed_at, issuer, newest = rows[0][3:15]
    delegators: dict[int, frozenset[str]] = {}
    for _, lender, lent, *_ in rows:
        if lender is not None:
            delegators[lender] = delegators.get(lender, frozenset()) | ({lent} if lent else frozenset())
    roles = frozenset(own for own, *_ in rows if own)
    actor = Actor(person, name, roles=roles, delegators=delegators)
    title, locale, zone, must_change = frame
    return CurrentSignIn(
        sign_in,
        created_at,
        seen_at,
        title,
        locale,
        zone,
        must_change,
        confirmed_at or created_at,
        issuer,
        newest,
        Jobs(*rows[0][15:]),
        actor,
    )


def find_renewed(connection: Connection, token_hash: str, *, now: datetime) -> str | None:
    """Return the hash that has just taken the place of this one; None where none has, or the minute is over."""
    return connection.scalar(
        sa.select(SignIn.token_hash).where(SignIn.token_before == token_hash, SignIn.before_until_at > now)
    )


@dataclass(frozen=True)
class SignInRow:
    """One browser in which somebody is signed in."""

    id: int
    browser: str
    created_at: datetime
    last_seen_at: datetime
    is_here: bool


def list_own_sign_ins(session: Session, actor: Actor, here_id: int, *, since: datetime) -> tuple[SignInRow, ...]:
    """List where the actor is signed in, this browser first, then the newest.

    Args:
        since: what was opened before has ended by itself.
    """
    is_open = (SignIn.person_id == actor.person_id, SignIn.ended_at.is_(None), SignIn.created_at >= since)
    columns = (SignIn.id, SignIn.browser, SignIn.created_at, SignIn.last_seen_at)
    rows = session.execute(sa.select(*columns).where(*is_open).order_by(SignIn.id.desc()))
    found = [SignInRow(*row, is_here=row.id == here_id) for row in rows]
    return tuple(sorted(found, key=lambda row: not row.is_here))


def _find_rows(connection: Connection, token_hash: str, today: date) -> Sequence[Any]:
    """Read the sign-in once for each pair of an own role and a lent one, as columns: past the session's objects."""
    return _FOUND.rows(connection, {"token_hash": token_hash, "today": today})


def _statement() -> sa.Select[*tuple[Any, ...]]:
    owner, lent = aliased(RoleGrant), aliased(RoleGrant)
    delegator, today = aliased(Person), sa.bindparam("today", type_=sa.Date)
    open_delegation = sa.and_(
        Delegation.delegate_id == Person.id,
        Delegation.ended_at.is_(None),
        Delegation.from_on <= today,
        Delegation.until_on >= today,
    )
    columns: tuple[Any, ...] = (
        owner.role,
        delegator.id,
        lent.role,
        SignIn.id,
        SignIn.created_at,
        SignIn.last_seen_at,
        Person.title,
        Person.locale,
        Person.zone,
        Person.must_change_password,
        Person.id,
        Person.name,
        SignIn.confirmed_at,
        SignIn.issuer,
        sa.select(sa.func.coalesce(sa.func.max(AuditHead.seq), 0)).scalar_subquery(),
        *job_columns(Person.id),
    )
    return (
        sa.select(*columns)
        .join_from(SignIn, Person, Person.id == SignIn.person_id)
        .outerjoin(owner, owner.person_id == Person.id)
        .outerjoin(Delegation, open_delegation)
        .outerjoin(delegator, sa.and_(delegator.id == Delegation.person_id, delegator.is_active))
        .outerjoin(lent, lent.person_id == delegator.id)
        .where(SignIn.token_hash == sa.bindparam("token_hash"), SignIn.ended_at.is_(None), Person.is_active)
    )


_FOUND = Ready(_statement)
"""Every request begins with it."""
