"""Whether the trail is whole: every event's seal, one after the other, and every detail whose key is there."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.trail import FIRST_MAC, Anchor, EventFacts, TrailCheck, seal_event
from review.models import AuditEvent, AuditHead, PersonKey
from review.queries.event_details import Detail, DetailState, Opener, SealedRow, with_keys

AT_ONCE = 1_000
RESEALED = frozenset({"trail.resealed", "trail.key_replaced"})
"""Events that keep where the chain ended that was sealed anew."""
EventRow = sa.Row[*tuple[Any, ...]]
_FACTS = [getattr(AuditEvent, name) for name in EventFacts._fields]
_EVENTS = with_keys(sa.select(AuditEvent.mac, PersonKey.wrapped, *_FACTS)).order_by(AuditEvent.seq)


def check_trail(session: Session, key: str, *, anchor_seq: int | None = None) -> TrailCheck:
    """Look at the whole trail at once; `broken_at` is None when it is whole."""
    check = TrailCheck(0, FIRST_MAC)
    for check in walk_trail(session, key, anchor_seq=anchor_seq):  # noqa: B007 - the last one counts
        pass
    return check


def walk_trail(session: Session, key: str, *, anchor_seq: int | None = None) -> Iterator[TrailCheck]:
    """Look at the trail a piece at a time and say after each how far it holds; ends at the first break.

    Between two pieces the caller may end its transaction, so that nobody waits: people go on writing meanwhile. What
    they add is looked at too, up to an end of the trail that was read after the last piece.
    """
    check, opener, secret = TrailCheck(0, FIRST_MAC), Opener(key), key.encode()
    while check.broken_at is None:
        head = session.execute(sa.select(AuditHead.seq, AuditHead.mac)).one_or_none()
        rows = session.execute(_EVENTS.where(AuditEvent.seq > check.seq).limit(AT_ONCE)).all()
        if not rows:
            yield _end(check, head)
            return
        for row in rows:
            check = _step(check, row, opener, secret, anchor_seq)
            if check.broken_at is not None:
                break
        yield check


def find_end(session: Session) -> Anchor | None:
    """Return the end of the trail, to be kept elsewhere; None where there is no event yet."""
    head = session.execute(sa.select(AuditHead.seq, AuditHead.mac)).one_or_none()
    return None if head is None or not head.seq else Anchor(head.seq, head.mac)


def _step(check: TrailCheck, row: EventRow, opener: Opener, key: bytes, anchor_seq: int | None) -> TrailCheck:
    """Return what is known once one more event was looked at: its place, its seal, and that its detail opens."""
    mac, wrapped, *values = row
    facts, here = EventFacts(*values), check.seq + 1
    if facts.seq != here or not hmac.compare_digest(mac.encode(), seal_event(facts, check.mac, key).encode()):
        return replace(check, broken_at=here)
    sealed = SealedRow(here, facts.kind, facts.key_person_id, wrapped, facts.sealed_detail, facts.detail_hash)
    told = opener.open(sealed)
    return TrailCheck(
        seq=here,
        mac=mac,
        broken_at=here if told.state is DetailState.CHANGED else None,
        erased=check.erased + (told.state is DetailState.ERASED),
        anchored=_before(facts, told, anchor_seq) or (mac if here == anchor_seq else check.anchored),
    )


def _before(facts: EventFacts, told: Detail, anchor_seq: int | None) -> str | None:
    """Return the seal that an anchor of before the chain was sealed anew knows, where it was taken at its very end."""
    return str(told.value["mac"]) if facts.kind in RESEALED and told.value.get("seq") == anchor_seq else None


def _end(check: TrailCheck, head: sa.Row[int, str] | None) -> TrailCheck:
    """Return whether the events end where the head row says; the head was read before it was seen that no more come."""
    ends_at = (0, FIRST_MAC) if head is None else (head.seq, head.mac)
    return check if ends_at == (check.seq, check.mac) else replace(check, broken_at=check.seq + 1)
