"""The seal of an event: an HMAC that ties it to the one before, so that nothing can be changed without the key."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import NamedTuple

FIRST_MAC = "0" * 64
FORMAT = 2
"""What a seal covers; the first format covered the detail itself, which nobody could have erased."""


class EventFacts(NamedTuple):
    """What a seal covers of an event, besides the seal of the event before: all of it."""

    seq: int
    at: datetime
    kind: str
    actor_id: int | None
    on_behalf_of_id: int | None
    case_id: int | None
    subject_type: str | None
    subject_id: int | None
    key_person_id: int | None
    detail_hash: str
    sealed_detail: bytes


def seal_event(facts: EventFacts, previous: str, key: bytes) -> str:
    """Return the HMAC-SHA-256 over an event and the seal of the one before it, in hex."""
    seq, at, *rest, sealed = facts
    content = [FORMAT, previous, seq, at.astimezone(UTC).isoformat(), *rest, sealed.hex()]
    message = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()
