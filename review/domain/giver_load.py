"""How much is asked of a giver already, in words and in steps too coarse to tell one request from another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from review.domain.text import Text, text

MINUTES = 10
"""What one request takes."""
MOST_MINUTES = 60
"""What is asked of one person at a time before they are full."""


class Room(StrEnum):
    """Whether somebody has time for one more request."""

    TIME = "time"
    NEARLY = "nearly"
    FULL = "full"


@dataclass(frozen=True, slots=True)
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


def measure_load(open_requests: int) -> Load:
    """Return how full somebody is who has this many open requests.

    Full is who would pass the limit with one more; nearly full, who would pass two thirds of it.
    """
    minutes = open_requests * MINUTES
    if minutes + MINUTES > MOST_MINUTES:
        return Load(
            Room.FULL, text("Full"), text("%(minutes)s minutes or more are asked already", minutes=MOST_MINUTES)
        )
    nearly = MOST_MINUTES * 2 // 3
    if minutes + MINUTES > nearly:
        return Load(
            Room.NEARLY, text("Nearly full"), text("%(minutes)s minutes or more are asked already", minutes=nearly)
        )
    return Load(Room.TIME, text("Has time"))
