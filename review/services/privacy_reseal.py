"""Sealed packets from which words are taken: sealed anew with another digest, and printed anew when somebody asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.canonical_json import canonical_json, digest
from review.models import Packet
from review.services.privacy_clear import drop_prints

Change = Callable[[Any], Any]
REMARK_WORDS = ("situation", "did", "effect", "link")


def reseal(session: Session, packet: Packet, change: Change, folder: Path | None) -> bool:
    """Change a packet's content and seal it anew; tell whether anything was changed. Its prints and copies go.

    The digest that somebody holds on paper is not found any more; that of the first seal stays in the trail.
    """
    content = canonical_json(change(json.loads(packet.content)))
    if content.decode() == packet.content:
        return False
    packet.content, packet.digest = content.decode(), digest(content)
    session.flush()
    drop_prints(session, Packet.id == packet.id, folder)
    return True


def strip_feedback(session: Session, case_ids: Collection[int], folder: Path | None) -> int:
    """Take the words of feedback out of the packets of some cases; return how many packets were sealed anew."""
    rows = session.scalars(sa.select(Packet).where(Packet.case_id.in_(case_ids)).order_by(Packet.id)).all()
    return sum(reseal(session, row, _without_remarks, folder) for row in rows)


def without_words(words: Collection[str], replace: Callable[[str], str]) -> Change:
    """Return the change that empties values which are exactly one of these words, and rewrites all others."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(each) for name, each in value.items()}
        if isinstance(value, list):
            return [change(each) for each in value]
        if isinstance(value, str):
            return "" if value in words else replace(value)
        return value

    return change


def _without_remarks(content: Any) -> Any:
    for feedback in content.get("feedback", ()):
        for remark in feedback["remarks"]:
            remark |= {name: "" for name in REMARK_WORDS if remark.get(name)}
    return content
