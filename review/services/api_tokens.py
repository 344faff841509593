"""Tokens of the API: made for oneself, shown once, kept as a hash, revoked by whoever looks after them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.api_scope import LONGEST_NAME, MOST_DAYS, Scope
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.text import text
from review.models import ApiToken
from review.queries.api_tokens import is_keeper
from review.services import audit
from review.services.audit_head import audit_key
from review.services.first_writes import insert_once

MARK = "dual_"
"""How a token begins, so that one that has got into a file is found there."""
TOKEN_BYTES = 32
USE_STEP = timedelta(minutes=15)


def hash_api_token(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def make_api_token(
    session: Session,
    name: str,
    scopes: Collection[str],
    days: int,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> str:
    """Make a token that acts as the actor, and return it; nobody makes one that acts as somebody else.

    The same form sent twice is one token, returned both times: who pressed twice sees the second answer alone.
    Raises NotAllowed for everybody but HR and those who run the installation, and Invalid.
    """
    _require_keeper(actor)
    faults = []
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        faults.append(Fault(text("Say what the token is for, in a few words"), field="name"))
    if not scopes or set(scopes) - set(Scope):
        faults.append(Fault(text("Choose what the token may do"), field="scopes"))
    if not 1 <= days <= MOST_DAYS:
        faults.append(Fault(text("From 1 to %(most)s days", most=MOST_DAYS), field="days"))
    if faults:
        raise Invalid(faults)
    chosen = sorted(set(scopes))
    form = (actor.person_id, request_key, name.strip(), chosen, days)
    token = MARK + (_derive(session, form) if request_key else secrets.token_urlsafe(TOKEN_BYTES))
    values = {
        "name": name.strip(),
        "person_id": actor.person_id,
        "token_hash": hash_api_token(token),
        "scopes": chosen,
        "made_at": now,
        "until_at": now + timedelta(days=days),
    }
    made = insert_once(session, ApiToken, values, unique=("token_hash",)).returning(ApiToken.id)
    token_id = session.execute(made).scalar()
    if token_id is not None:
        detail = {"token": token_id, "scopes": chosen, "days": days}
        audit.record(session, "api_token.make", actor=actor, now=now, detail=detail)
    return token


def _derive(session: Session, form: tuple[object, ...]) -> str:
    """Return what no one can tell without the installation's key: the same for the same form, whose key is random."""
    digest = hmac.new(audit_key(session).encode(), f"dualtrack api token {form!r}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def revoke_api_token(session: Session, token_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a token open nothing any more; one that is revoked stays so. Raises NotAllowed, NotFound."""
    _require_keeper(actor)
    row = session.get(ApiToken, token_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = now
        audit.record(session, "api_token.revoke", actor=actor, now=now, detail={"token": row.id})


def note_token_use(session: Session, token_id: int, *, now: datetime) -> None:
    """Keep when a token was last used; no more often than each quarter of an hour."""
    is_old = sa.or_(ApiToken.used_at.is_(None), ApiToken.used_at < now - USE_STEP)
    used = sa.update(ApiToken).where(ApiToken.id == token_id, is_old).values(used_at=now)
    session.execute(used.execution_options(synchronize_session=False))


def take_calls(session: Session, token_id: int, wanted: int, *, most: int, now: datetime) -> int:
    """Take some of a token's calls of this minute for one process, and return how many there were left to take.

    All processes take from the same row, so together they never hand out more than `most`. The minute only goes on,
    whatever the clock of another machine says.
    """
    minute = int(now.timestamp()) // 60
    is_same = ApiToken.counted_minute >= minute
    before = sa.case((is_same, ApiToken.counted), else_=0)
    taken = sa.update(ApiToken).where(ApiToken.id == token_id, before < most)
    values = {"counted": before + wanted, "counted_minute": sa.case((is_same, ApiToken.counted_minute), else_=minute)}
    statement = taken.values(values).returning(ApiToken.counted).execution_options(synchronize_session=False)
    counted = session.execute(statement).scalar()
    return 0 if counted is None else wanted - max(0, counted - most)


def _require_keeper(actor: Actor) -> None:
    if not is_keeper(actor):
        raise NotAllowed(text("Only HR and those who run the installation may do this"))
