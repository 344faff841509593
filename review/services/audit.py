"""The only writer of audit events: an append-only chain under a secret key."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import AuditEvent, AuditHead
from review.services.audit_head import FIRST_MAC, lock_head


@dataclass(frozen=True, slots=True)
class Entry:
    """One of many events of the same act, still to be recorded."""

    kind: str
    case_id: int | None = None
    subject_type: str | None = None
    subject_id: int | None = None
    detail: dict[str, Any] | None = None


def record(
    session: Session,
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    case_id: int | None = None,
    subject_type: str | None = None,
    subject_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append an event to the chain, in the caller's transaction.

    The head row is locked last of all locks and held until the commit, so events are in commit order without gaps.

    Args:
        kind: a dotted word, e.g. `case.seal`.
        detail: ids, codes and counts only; never what a person wrote.
    """
    session.flush()
    head = lock_head(session)
    event = AuditEvent(
        seq=head.seq + 1,
        at=now,
        kind=kind,
        actor_id=actor.person_id,
        on_behalf_of_id=actor.on_behalf_of,
        case_id=case_id,
        subject_type=subject_type,
        subject_id=subject_id,
        detail=detail or {},
        mac="",
    )
    event.mac = seal_event(event, head.mac, _key(session))
    head.seq, head.mac = event.seq, event.mac
    session.add(event)
    session.flush()
    return event


def record_all(session: Session, entries: Iterable[Entry], *, actor: Actor, now: datetime) -> None:
    """Append many events of one act to the chain: the head is locked once and the rows go in together."""
    session.flush()
    head, key = lock_head(session), _key(session)
    events: list[AuditEvent] = []
    for entry in entries:
        event = AuditEvent(
            seq=head.seq + 1,
            at=now,
            kind=entry.kind,
            actor_id=actor.person_id,
            on_behalf_of_id=actor.on_behalf_of,
            case_id=entry.case_id,
            subject_type=entry.subject_type,
            subject_id=entry.subject_id,
            detail=entry.detail or {},
            mac="",
        )
        event.mac = seal_event(event, head.mac, key)
        head.seq, head.mac = event.seq, event.mac
        events.append(event)
    session.add_all(events)
    session.flush()


def seal_event(event: AuditEvent, previous: str, key: bytes) -> str:
    """Return the HMAC-SHA-256 that ties an event to the one before it, in hex."""
    content = [
        event.seq,
        previous,
        event.at.astimezone(UTC).isoformat(),
        event.kind,
        event.actor_id,
        event.on_behalf_of_id,
        event.case_id,
        event.subject_type,
        event.subject_id,
        event.detail,
    ]
    message = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def find_break(session: Session) -> int | None:
    """Return the first seq at which the chain does not hold, or None when it is whole."""
    key, previous, expected = _key(session), FIRST_MAC, 1
    for event in session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq)).yield_per(1000):
        if event.seq != expected or not hmac.compare_digest(event.mac, seal_event(event, previous, key)):
            return expected
        previous, expected = event.mac, expected + 1
    head = session.scalar(sa.select(AuditHead))
    if head is not None and (head.seq, head.mac) != (expected - 1, previous):
        return expected
    return None


def _key(session: Session) -> bytes:
    key: str = session.connection().get_execution_options()["audit_key"]
    return key.encode()
