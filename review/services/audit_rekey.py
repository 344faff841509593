"""The trail under another key: every event sealed anew, people's keys closed anew, in one transaction."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.sealed_detail import (
    NONCE_BYTES,
    Sealed,
    derive_keys,
    move_detail,
    name_key,
    unwrap_key,
    wrap_key,
    wrap_secret,
)
from review.domain.trail import FIRST_MAC, EventFacts, seal_event
from review.models import AuditEvent, AuditHead, PersonKey
from review.queries.privacy_erasure import MARKING_KEY, find_marking_key
from review.services import audit
from review.services.audit_head import KEYS, LOCKED, KeyDoesNotOpen, audit_key, lock_head

AT_ONCE = 1_000
REPLACED = "trail.key_replaced"
_FACTS = [getattr(AuditEvent, name) for name in EventFacts._fields]
_EVENTS = sa.select(AuditEvent.mac, *_FACTS).order_by(AuditEvent.seq).limit(AT_ONCE)
_KEYS = sa.select(PersonKey.person_id, PersonKey.wrapped).where(PersonKey.wrapped.is_not(None))


class NotWhole(Exception):
    """The trail does not hold at an event; it is not sealed anew, which would make it look whole."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        super().__init__(f"the trail does not hold at event {seq}")


def is_replaced(session: Session, new: str) -> bool:
    """Tell whether the trail is under this key already."""
    return session.scalar(sa.select(AuditHead.key_mark)) == name_key(new)


def replace_key(session: Session, new: str, *, now: datetime) -> int:
    """Seal the trail anew under another key, and return how many events it had; the caller commits.

    All of it is one transaction, so wherever it is killed it has not begun. Writers wait at the end of the trail;
    whoever still has the old key is refused there afterwards. The last event keeps where the old chain ended, so an
    anchor of its very end still holds. Marks of who was erased go on under the first key, which is kept closed.

    Raises NotWhole where the old chain does not hold, KeyDoesNotOpen where the old key is not the trail's.
    """
    old, first = audit_key(session), find_marking_key(session)
    head = lock_head(session)
    last, resealed = _reseal(session, old, new)
    if (head.seq, head.mac) != last:
        raise NotWhole(last[0] + 1)
    _close_keys_anew(session, old, new)
    kept = wrap_secret(first, wrapping=derive_keys(new).wrapping, nonce=secrets.token_bytes(NONCE_BYTES))
    values = {"mac": resealed, "key_mark": name_key(new), "kept_secret": kept}
    session.execute(sa.update(AuditHead).where(AuditHead.id == head.id).values(values))
    for name in (LOCKED, KEYS, MARKING_KEY):
        session.info.pop(name, None)
    session.connection().execution_options(audit_key=new)
    audit.record(session, REPLACED, actor=SYSTEM, now=now, detail={"seq": head.seq, "mac": head.mac})
    return head.seq


def _reseal(session: Session, old: str, new: str) -> tuple[tuple[int, str], str]:
    """Seal each event anew while the old seals hold; return the old end of the chain, and the new one's seal."""
    keys, (seq, before), after = (derive_keys(old), derive_keys(new)), (0, FIRST_MAC), FIRST_MAC
    for rows in _pieces(session):
        changes = []
        for mac, *values in rows:
            facts, seq = EventFacts(*values), seq + 1
            held = seal_event(facts, before, old.encode())
            if facts.seq != seq or not hmac.compare_digest(mac.encode(), held.encode()):
                raise NotWhole(seq)
            if facts.key_person_id is None:
                facts = _move(facts, keys[0].installation, keys[1].installation)
            before, after = mac, seal_event(facts, after, new.encode())
            changes.append({"number": seq, "blob": facts.sealed_detail, "seal": after})
        update = sa.update(AuditEvent.__table__).where(AuditEvent.seq == sa.bindparam("number"))  # type: ignore[arg-type]
        sealed: dict[str, Any] = {"sealed_detail": sa.bindparam("blob"), "mac": sa.bindparam("seal")}
        session.connection().execute(update.values(sealed), changes)
    return (seq, before), after


def _move(facts: EventFacts, old: bytes, new: bytes) -> EventFacts:
    sealed = Sealed(facts.sealed_detail, facts.detail_hash)
    nonce = secrets.token_bytes(NONCE_BYTES)
    moved = move_detail(sealed, old=old, new=new, seq=facts.seq, kind=facts.kind, nonce=nonce)
    if moved is None:
        raise NotWhole(facts.seq)
    return facts._replace(sealed_detail=moved)


def _pieces(session: Session) -> Iterator[list[Any]]:
    last = 0
    while rows := list(session.execute(_EVENTS.where(AuditEvent.seq > last))):
        yield rows
        last = rows[-1].seq


def _close_keys_anew(session: Session, old: str, new: str) -> None:
    before, after = derive_keys(old).wrapping, derive_keys(new).wrapping
    changes = []
    for person_id, wrapped in session.execute(_KEYS).all():
        key = unwrap_key(wrapped or b"", person_id=person_id, wrapping=before)
        if key is None:
            raise KeyDoesNotOpen(f"AUDIT_KEY does not open the key of person {person_id}: is it the one of before?")
        closed = wrap_key(key, person_id=person_id, wrapping=after, nonce=secrets.token_bytes(NONCE_BYTES))
        changes.append({"number": person_id, "closed": closed})
    if changes:
        update = sa.update(PersonKey.__table__).where(PersonKey.person_id == sa.bindparam("number"))  # type: ignore[arg-type]
        session.connection().execute(update.values(wrapped=sa.bindparam("closed")), changes)
