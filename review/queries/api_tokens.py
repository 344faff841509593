"""Tokens of the API: who calls, and the list for those who look after them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.values import dataclass
from review.models import ApiToken, Person

KEEPERS = frozenset({Role.HR, Role.IT_ADMIN})
"""Who makes tokens and hooks, and looks after those of all."""


@dataclass(frozen=True)
class Caller:
    """A token that opens something now, and whose it is."""

    token_id: int
    person_id: int
    name: str
    scopes: frozenset[str]
    until_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class TokenRow:
    """A token in the list; `is_open` while it opens anything."""

    id: int
    name: str
    owner: str
    scopes: tuple[str, ...]
    made_at: datetime
    until_at: datetime
    used_at: datetime | None
    is_open: bool


def is_keeper(actor: Actor) -> bool:
    """Tell whether somebody, in person, may make tokens and hooks."""
    return actor.is_active and bool(actor.roles & KEEPERS)


def find_caller(session: Session, token_hash: str, *, now: datetime) -> Caller | None:
    """Return the token with this hash; None once it has ended, was revoked, or its owner has left."""
    row = session.execute(
        sa.select(ApiToken)
        .join(Person, Person.id == ApiToken.person_id)
        .where(
            ApiToken.token_hash == token_hash,
            ApiToken.revoked_at.is_(None),
            ApiToken.until_at > now,
            Person.is_active,
            ~Person.is_external,
        )
    ).scalar_one_or_none()
    if row is None:
        return None
    return Caller(row.id, row.person_id, row.name, frozenset(row.scopes), row.until_at, row.used_at)


def list_tokens(session: Session, actor: Actor, *, now: datetime) -> tuple[TokenRow, ...]:
    """List all tokens for those who look after them, the newest first; nothing for others."""
    if not is_keeper(actor):
        return ()
    rows = session.execute(
        sa.select(ApiToken, Person.name, Person.is_active)
        .join(Person, Person.id == ApiToken.person_id)
        .order_by(ApiToken.id.desc())
        .limit(500)
    )
    return tuple(
        TokenRow(
            token.id,
            token.name,
            owner,
            tuple(token.scopes),
            token.made_at,
            token.until_at,
            token.used_at,
            is_open=is_here and token.revoked_at is None and token.until_at > now,
        )
        for token, owner, is_here in rows
    )
