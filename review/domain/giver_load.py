"""How much is asked of a giver already, in words and in steps too coarse to tell one request from another."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from review.domain.text import Text, text
from review.domain.values import dataclass


class Room(StrEnum):
    """Whether somebody has time for one more request."""

    TIME = "time"
    NEARLY = "nearly"
    FULL = "full"


@dataclass(frozen=True)
class Load:
    """Whether a person has time, with the words for it."""

    room: Room
    words: Text
    why: Text | None = None

    @property
    def is_full(self) -> bool:
        """Tell whether to ask is against the limit."""
        return self.room is Room.FULL

    @property
    def is_free(self) -> bool:
        """Tell whether there is time without a word of care."""
        return self.room is Room.TIME


@dataclass(frozen=True)
class Limits:
    """How much is asked of one person: what a request counts, and above which sums they are nearly full or full.

    A sum is what is asked already and one request more.
    """

    minutes_a_request: int = 10
    nearly_full_above: int = 40
    full_above: int = 60


def read_limits(policy: Mapping[str, Any]) -> Limits:
    """Return the limits of a cycle's policy; what is not set is as it is shipped."""
    return Limits(**policy.get("giver_load", {}))


def measure_load(open_requests: int, limits: Limits) -> Load:
    """Return how full somebody is who has this many open requests."""
    with_one_more = (open_requests + 1) * limits.minutes_a_request
    if with_one_more > limits.full_above:
        why = text("%(minutes)s minutes or more are asked already", minutes=_asked_at(limits.full_above, limits))
        return Load(Room.FULL, text("Full"), why)
    if with_one_more > limits.nearly_full_above:
        why = text("%(minutes)s minutes or more are asked already", minutes=_asked_at(limits.nearly_full_above, limits))
        return Load(Room.NEARLY, text("Nearly full"), why)
    return Load(Room.TIME, text("Has time"))


def _asked_at(limit: int, limits: Limits) -> int:
    """Return the fewest minutes that are asked of somebody for whom one request more passes a limit."""
    return limit // limits.minutes_a_request * limits.minutes_a_request
