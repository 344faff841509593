"""A dual-track ladder: its levels, its criteria, where one may move, and what each level asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, TypeVar

from review.domain.ladder_moves import share_track
from review.domain.ladder_parts import (
    Activity,
    Band,
    Category,
    CellKind,
    Criterion,
    Expectation,
    Level,
    Link,
    Measure,
    Move,
    MoveKind,
    Number,
    PayStep,
    Polarity,
    Question,
    Reference,
    Scale,
    Scoring,
    Signal,
    Step,
    Track,
    Wording,
)
from review.domain.ladder_schema import ExtendsSpec, LadderSpec, SourceSpec
from review.domain.text import Text, text
from review.domain.values import dataclass

__all__ = [
    "Activity",
    "Band",
    "Category",
    "CellKind",
    "Criterion",
    "Expectation",
    "Ladder",
    "Level",
    "Link",
    "Measure",
    "Move",
    "MoveKind",
    "Number",
    "PayStep",
    "Polarity",
    "Question",
    "Reference",
    "Scale",
    "Scoring",
    "Signal",
    "Step",
    "Track",
    "Wording",
]


T = TypeVar("T", Track, Level, Criterion)


@dataclass(frozen=True)
class Ladder:
    """One version of a ladder, ready to be asked; `spec` is the file it came from, and two are equal if that is.

    Made by `ladder_build.build_ladder`, which `ladder_file.parse_ladder` calls for a file. `described`: what
    `level_text.describe_level` has made of its cells so far.
    """

    spec: LadderSpec = field(repr=False)
    tracks: tuple[Track, ...] = field(compare=False, repr=False)
    levels: tuple[Level, ...] = field(compare=False, repr=False)
    categories: tuple[Category, ...] = field(compare=False, repr=False)
    criteria: tuple[Criterion, ...] = field(compare=False, repr=False)
    moves: tuple[Move, ...] = field(compare=False, repr=False)
    scales: tuple[Scale, ...] = field(compare=False, repr=False)
    scoring: Scoring | None = field(compare=False, repr=False)
    growth_activities: tuple[Activity, ...] = field(compare=False, repr=False)
    role_fit: tuple[Question, ...] = field(compare=False, repr=False)
    _cells: Mapping[tuple[str, str], Expectation] = field(compare=False, repr=False)
    _weights: Mapping[tuple[str, str], Number] = field(compare=False, repr=False)
    described: dict[tuple[str, str], Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def id(self) -> str:
        """Return the id, which never changes."""
        return self.spec.id

    @property
    def name(self) -> str:
        """Return the name shown to people."""
        return self.spec.name

    @property
    def version(self) -> str:
        """Return the version, exactly as written."""
        return self.spec.version

    @property
    def description(self) -> str:
        """Return the introduction, Markdown."""
        return self.spec.description or ""

    @property
    def source(self) -> SourceSpec | None:
        """Return where the words come from, and under which license."""
        return self.spec.source

    @property
    def is_accumulating(self) -> bool:
        """Say whether a level also asks what the levels below it on its track ask."""
        return bool(self.spec.defaults and self.spec.defaults.accumulate)

    @property
    def is_checklist(self) -> bool:
        """Say whether the signals are a list to tick off; nearly always they are examples."""
        return bool(self.spec.defaults and self.spec.defaults.cell_use == "checklist")

    @property
    def extends(self) -> ExtendsSpec | None:
        """Return the ladder that this one lies over and still needs, None for a complete one."""
        return self.spec.overlays.extends if self.spec.overlays else None

    @property
    def evidence_periods(self) -> int | None:
        """Return how many periods of work at the next level a promotion asks for."""
        return self.spec.promotion.evidence_periods_at_next_level if self.spec.promotion else None

    def level(self, level_id: str) -> Level:
        """Return a level; raise KeyError if the ladder has none of that id."""
        return _find(self.levels, level_id)

    def track(self, track_id: str) -> Track:
        """Return a track; raise KeyError if the ladder has none of that id."""
        return _find(self.tracks, track_id)

    def criterion(self, criterion_id: str) -> Criterion:
        """Return a criterion; raise KeyError if the ladder has none of that id."""
        return _find(self.criteria, criterion_id)

    def moves_from(self, level_id: str) -> tuple[Move, ...]:
        """Return every move out of a level: the next level is a set."""
        self.level(level_id)
        return tuple(move for move in self.moves if move.from_level == level_id)

    def move(self, from_level: str | None, to_level: str) -> Move | None:
        """Return the move between two levels (from None: an entry), None if the ladder has no such way."""
        for move in self.moves:
            if (move.from_level, move.to_level) == (from_level, to_level):
                return move
        return None

    def entry_levels(self) -> tuple[Level, ...]:
        """Return the levels at which somebody may come in from another discipline."""
        return tuple(self.level(move.to_level) for move in self.moves if move.kind is MoveKind.ENTRY)

    def next_levels(self, level_id: str) -> tuple[Level, ...]:
        """Return the levels that a promotion from a level leads to."""
        return tuple(self.level(m.to_level) for m in self.moves_from(level_id) if m.kind is MoveKind.PROMOTION)

    def leads_people(self, level_id: str) -> bool:
        """Say whether every track of a level is one of people managers."""
        tracks = self.level(level_id).tracks
        return bool(tracks) and all(self.track(track_id).people_manager for track_id in tracks)

    def expectation(self, criterion_id: str, level_id: str) -> Expectation:
        """Return what a level asks in a criterion; raise KeyError if either is unknown."""
        return self._cells[(criterion_id, level_id)]

    def rated_criteria(self, level_id: str) -> tuple[Criterion, ...]:
        """Return the criteria that a rating is asked for at a target level.

        Shown-only and negative criteria are left out, and so is every cell that says nothing.
        """
        self.level(level_id)
        return tuple(c for c in self.criteria if c.is_rated and self.expectation(c.id, level_id).is_filled)

    def weight(self, criterion_id: str, level_id: str) -> Number:
        """Return how much a criterion weighs at a level."""
        return self._weights.get((criterion_id, level_id), self.criterion(criterion_id).weight)

    def compare_grades(self, level_a: str, level_b: str) -> int | Text:
        """Return -1, 0 or 1 as the first level stands below, beside or above the second, or why nobody can say.

        Without grades, two levels of one track compare by their order; two tracks do not compare.
        """
        a, b = self.level(level_a), self.level(level_b)
        if a.grade is not None and b.grade is not None:
            return (a.grade > b.grade) - (a.grade < b.grade)
        if share_track(a, b):
            place_a, place_b = self.levels.index(a), self.levels.index(b)
            return (place_a > place_b) - (place_a < place_b)
        bare = a if a.grade is None else b
        return text(
            "%(a)s and %(b)s cannot be compared: they are on different tracks, and %(bare)s has no grade",
            a=a.name,
            b=b.name,
            bare=bare.name,
        )


def _find(items: tuple[T, ...], item_id: str) -> T:
    for item in items:
        if item.id == item_id:
            return item
    raise KeyError(item_id)
