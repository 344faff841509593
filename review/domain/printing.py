"""Words of printing: what is printed, where it stands, and the kinds of reasons why a print came to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from math import ceil
from statistics import median
from types import MappingProxyType

from review.domain.text import Text, text


class Cause(StrEnum):
    """Why a print came to nothing, without a word of what was to be printed."""

    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    DISK_FULL = "disk full"
    OTHER = ""


PACKET, LETTER, BOOK = "render_packet", "render_letter", "merge_book"
KIND_WORDS: Mapping[str, Text] = MappingProxyType({PACKET: text("Packet"), LETTER: text("Letter"), BOOK: text("Book")})
STATE_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "failed": text("Failed"),
        "waiting": text("Waiting"),
        "printing": text("Being printed"),
        "done": text("Printed"),
        "given_up": text("Given up"),
    }
)
CAUSE_WORDS: Mapping[Cause, Text] = MappingProxyType(
    {
        Cause.CRASHED: text("The print process ended by itself, twice"),
        Cause.TIMED_OUT: text("It took too long, twice"),
        Cause.OUT_OF_MEMORY: text("It needed too much memory, twice"),
        Cause.DISK_FULL: text("There is no space left for files"),
        Cause.OTHER: text("The content could not be printed"),
    }
)
SECONDS = {PACKET: 3.0, LETTER: 2.0, BOOK: 10.0}
"""How long a print takes where none has been measured yet."""


def cause_of(error: str) -> Cause:
    """Return the kind of reason that an error begins with, or names after the word of its own kind."""
    return next((cause for cause in Cause if cause and f"{cause}:" in error[:100]), Cause.OTHER)


def typical_seconds(ended: Iterable[tuple[str, datetime, datetime]]) -> dict[str, float]:
    """Return for each kind the median seconds of prints, given as kind, start and end."""
    found: dict[str, list[float]] = {}
    for kind, started_at, ended_at in ended:
        found.setdefault(kind, []).append((ended_at - started_at).total_seconds())
    return {**SECONDS, **{kind: max(median(each), 0.1) for kind, each in found.items()}}


def minutes_left(waiting: Mapping[str, int], seconds: Mapping[str, float], at_once: int) -> int:
    """Return about how many minutes it takes to print all that waits, when so many are printed at once."""
    return ceil(sum(count * seconds.get(kind, 0) for kind, count in waiting.items()) / max(at_once, 1) / 60)
