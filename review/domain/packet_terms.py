"""The words of a packet that its parts share: kinds, people, levels, and what the ladder asks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from review.domain.values import dataclass

LATER: Mapping[str, bool] = MappingProxyType({"is_later": True})
"""Marks a field that packets did not have from the beginning; `packet_json` leaves it out where it is empty."""


class CaseKind(StrEnum):
    """What the case asks for."""

    PROMOTION = "promotion"
    TRACK_CHANGE = "track_change"
    ENTRY = "entry"


class CellKind(StrEnum):
    """What the ladder holds for a criterion at a level."""

    STATED = "stated"
    NOT_DEFINED = "not_defined"
    BLANK = "blank"
    ABSENT = "absent"


class RatingKind(StrEnum):
    """Which of the judgements on a criterion this is, in the order of their anchors."""

    FINAL = "final"
    FIRST_VIEW = "first"
    SECOND = "second"


class GiverKind(StrEnum):
    """How the giver of feedback stands to the candidate."""

    PEER = "peer"
    UPWARD = "upward"
    EXTERNAL = "external"


class UnansweredKind(StrEnum):
    """What the packet leaves open."""

    SELF_REVIEW = "self_review"
    EVIDENCE = "evidence"
    FEEDBACK = "feedback"
    FIRST_VIEW = "first_view"
    RATING = "rating"
    SECOND_RATING = "second_rating"
    GAP = "gap"


@dataclass(frozen=True)
class Person:
    """Somebody with a name; an external person's function is their company."""

    name: str
    title: str = ""
    function: str = ""


@dataclass(frozen=True)
class Level:
    """A level of the ladder; `is_people_track` decides how its mark is drawn."""

    id: str
    code: str
    name: str
    grade: int | None = None
    is_people_track: bool = False


@dataclass(frozen=True)
class Ladder:
    """The ladder version that the cycle pinned."""

    id: str
    name: str
    version: str


@dataclass(frozen=True)
class Measure:
    """A figure that the ladder asks for: name, operator (such as >=), value, unit."""

    name: str
    op: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class Signal:
    """One observable thing that the ladder names; its id is what evidence is tagged with."""

    id: str
    text: str


@dataclass(frozen=True)
class Expectation:
    """What the ladder asks in one criterion at one level.

    `added` are the phrases, exactly as in summary or signals, that the target adds to the current level: underlined.
    """

    kind: CellKind = CellKind.STATED
    summary: str = ""
    signals: tuple[Signal, ...] = ()
    measures: tuple[Measure, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class FunctionHeard:
    """How many answers a function was to give, and gave."""

    function: str
    required: int
    heard: int


@dataclass(frozen=True)
class MutualVoices:
    """How many of the voices are mutual: giver and candidate have each written about the other in this cycle."""

    mutual: int
    voices: int
