"""The seal of an event, which ties it to the one before; and what looking at all of them says."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple

from review.domain.errors import Fault, Invalid
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

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
    return hmac.digest(key, message, "sha256").hex()


class TrailStatus(IntEnum):
    """What looking at the trail says; also how the command ends."""

    WHOLE = 0
    BROKEN = 1
    CUT = 2
    NOTHING = 3


@dataclass(frozen=True)
class Anchor:
    """The end of the trail at some time, as somebody keeps it elsewhere."""

    seq: int
    mac: str

    def to_json(self) -> str:
        """Return the anchor as it is kept."""
        return json.dumps({"seq": self.seq, "mac": self.mac})


@dataclass(frozen=True)
class TrailCheck:
    """How far the trail was looked at, and what was found.

    `broken_at` is the first number at which it does not hold; `erased` counts details whose key is erased;
    `anchored` is the seal, as it stands now, of the event that an anchor names.
    """

    seq: int
    mac: str
    broken_at: int | None = None
    erased: int = 0
    anchored: str | None = None


def read_anchor(words: str) -> Anchor:
    """Read an anchor as it was kept; raise Invalid."""
    fault = Fault(
        text("This is no anchor."), text('{"seq": …, "mac": "…"}, as it was printed or shown'), field="anchor"
    )
    try:
        found = json.loads(words)
    except ValueError as error:
        raise Invalid([fault]) from error
    if not isinstance(found, dict):
        raise Invalid([fault])
    seq, mac = found.get("seq"), found.get("mac")
    if type(seq) is not int or seq < 1 or not isinstance(mac, str) or len(mac) != len(FIRST_MAC):
        raise Invalid([fault])
    return Anchor(seq, mac)


def judge_trail(check: TrailCheck, anchor: Anchor | None) -> tuple[TrailStatus, Text]:
    """Say what looking at the whole trail means, in a sentence."""
    if check.broken_at is not None:
        return TrailStatus.BROKEN, text(
            "Broken at event %(seq)s: it, or what came before it, was changed.", seq=check.broken_at
        )
    if anchor is not None and check.seq < anchor.seq:
        return TrailStatus.CUT, text(
            "Cut: %(seq)s events are left, the anchor knows %(known)s.", seq=check.seq, known=anchor.seq
        )
    if anchor is not None and check.anchored != anchor.mac:
        return TrailStatus.CUT, text("Cut or written anew: event %(seq)s is another than the anchor's.", seq=anchor.seq)
    if not check.seq:
        return TrailStatus.NOTHING, text("There is nothing to verify.")
    return TrailStatus.WHOLE, plural("Whole: %(count)s event.", "Whole: %(count)s events.", check.seq)
