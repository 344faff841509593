"""Numbers for what can be cited in a packet: E1 … for evidence, F1 … for feedback, R1 … for ratings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeVar

from review.domain.packet import PacketContent, RatingKind

ANCHOR = re.compile(r"(?<![\w/#.-])([EFR][1-9][0-9]{0,2})(?![\w-])", re.ASCII)
Key = TypeVar("Key", str, int)


class RatingKey(NamedTuple):
    """What tells one rating of a case from another; `turn` counts final ratings of one criterion from 0."""

    kind: RatingKind
    criterion: str
    turn: int = 0


def evidence_anchor(position: int) -> str:
    """Return E1, E2 … for a piece of evidence at a position, from 1; a removed one leaves its number unused."""
    return f"E{position}"


def number_feedback(ids: Iterable[Key], seed: int, sets: Mapping[Key, int] | None = None) -> dict[Key, str]:
    """Give F1, F2 … in an order that the case's seed fixes and that tells nothing of who answered first.

    The order is by SHA-256 of seed and id, so it is the same on every machine and in every version of Python.

    Args:
        sets: which come before which; ids of one number, or of none, are mixed.
    """
    places = sets or {}
    mixed = sorted(ids, key=lambda one: (places.get(one, 0), sha256(f"{seed}:{one}".encode()).digest()))
    return {one: f"F{place}" for place, one in enumerate(mixed, 1)}


def number_ratings(keys: Iterable[RatingKey], criteria: Sequence[str]) -> dict[RatingKey, str]:
    """Give R1, R2 …: final ratings, then first views, then second ratings, each in the ladder's order.

    In this order a reader who may not see the later kinds finds no hole in the numbers. The committee does until the
    reveal: it reads second ratings, and no first views.
    """
    kinds = list(RatingKind)
    ordered = sorted(keys, key=lambda key: (kinds.index(key.kind), criteria.index(key.criterion), key.turn))
    return {key: f"R{place}" for place, key in enumerate(ordered, 1)}


def find_anchors(words: str) -> tuple[str, ...]:
    """Return the anchors that a text names, each once, in order of appearance."""
    return tuple(dict.fromkeys(ANCHOR.findall(words)))


def anchors_of(content: PacketContent) -> frozenset[str]:
    """Return every anchor that stands in this packet and so can be linked to."""
    return frozenset(
        [one.anchor for one in content.evidence]
        + [one.anchor for one in content.feedback]
        + [rating.anchor for criterion in content.criteria for rating in criterion.ratings]
    )
