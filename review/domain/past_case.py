"""A case that was decided before Dualtrack: what is kept of it, and how a file of such cases is to be read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, field
from datetime import date
from enum import StrEnum
from typing import Any

from review.domain.canonical_json import canonical_json
from review.domain.errors import Fault
from review.domain.people_file import DateOrder
from review.domain.text import Text, text
from review.domain.values import dataclass


class PastField(StrEnum):
    """What a file may say of a past case, beside ratings; also the names of its columns."""

    PERSON = "person"
    CYCLE = "cycle"
    ANNOUNCED_ON = "announced_on"
    FROM_LEVEL = "from_level"
    TO_LEVEL = "to_level"
    TRACK = "track"
    OUTCOME = "outcome"
    REASON = "reason"
    VOTES_PROMOTE = "votes_promote"
    VOTES_NOT_YET = "votes_not_yet"
    VOTES_DEFER = "votes_defer"


class PastOutcome(StrEnum):
    """How a past case ended."""

    PROMOTED = "promoted"
    NOT_YET = "not_yet"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"


OUTCOME_WORDS: Mapping[str, Text] = {
    PastOutcome.PROMOTED: text("Promoted"),
    PastOutcome.NOT_YET: text("Not yet"),
    PastOutcome.DEFERRED: text("Deferred"),
    PastOutcome.WITHDRAWN: text("Withdrawn"),
}
NEEDED = (PastField.PERSON, PastField.CYCLE, PastField.ANNOUNCED_ON, PastField.TO_LEVEL, PastField.OUTCOME)
VOTES: Mapping[PastField, str] = {
    PastField.VOTES_PROMOTE: "promote",
    PastField.VOTES_NOT_YET: "not_yet",
    PastField.VOTES_DEFER: "defer",
}


@dataclass(frozen=True)
class PastReading:
    """How a file is read: its columns by field, its own words for outcomes and levels, the order of its days.

    Words are kept in small letters; a field without a column is looked for by its names, one with an empty name is not
    read. `cycle` and `announced_on` are for rows of a file that has no such column.
    """

    columns: Mapping[PastField, str] = field(default_factory=dict)
    outcomes: Mapping[str, PastOutcome] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    order: DateOrder = DateOrder.NOT_SAID
    cycle: str = ""
    announced_on: date | None = None

    def as_data(self) -> dict[str, Any]:
        """Return what of it helps to read the next file, as values that JSON can hold."""
        return {
            "columns": {name.value: column for name, column in self.columns.items()},
            "outcomes": {word: outcome.value for word, outcome in self.outcomes.items()},
            "levels": dict(self.levels),
            "order": self.order.value,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> PastReading:
        """Return a reading that was kept."""
        return cls(
            columns={PastField(name): str(column) for name, column in data.get("columns", {}).items()},
            outcomes={str(word): PastOutcome(outcome) for word, outcome in data.get("outcomes", {}).items()},
            levels={str(word): str(level) for word, level in data.get("levels", {}).items()},
            order=DateOrder(data.get("order", DateOrder.NOT_SAID)),
        )


@dataclass(frozen=True)
class PastState:
    """What is kept of one past case."""

    person_id: int
    cycle: str
    announced_on: date
    from_level_id: str | None
    to_level_id: str
    track_id: str
    outcome: PastOutcome
    reason: str = ""
    ratings: Mapping[str, int] = field(default_factory=dict)
    votes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PastChange:
    """A row that says something new: `known_id` and `before` where a past case stands already."""

    row: int
    who: str
    after: PastState
    known_id: int | None = None
    before: PastState | None = None

    @property
    def differences(self) -> tuple[tuple[str, str, str], ...]:
        """Return field, old and new words of what is different."""
        if self.before is None:
            return ()
        old, new = asdict(self.before), asdict(self.after)
        return tuple((name, _say(old[name]), _say(new[name])) for name in new if old[name] != new[name])


@dataclass(frozen=True)
class PastPlan:
    """What a file would do: rows that are added or changed, how many stay as they are, and every fault.

    `columns` and `header` say what was found where; `strange` are words for outcomes and levels that mean nothing yet.
    """

    changes: tuple[PastChange, ...] = ()
    faults: tuple[Fault, ...] = ()
    same: int = 0
    refused: int = 0
    header: tuple[str, ...] = ()
    columns: Mapping[PastField, str] = field(default_factory=dict)
    criteria: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    strange_outcomes: tuple[str, ...] = ()
    strange_levels: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def added(self) -> tuple[PastChange, ...]:
        """Return what would be added."""
        return tuple(each for each in self.changes if each.before is None)

    @property
    def changed(self) -> tuple[PastChange, ...]:
        """Return what would be changed."""
        return tuple(each for each in self.changes if each.before is not None)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows are added, changed, stay as they are, and are refused."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": self.same,
            "refused": self.refused,
        }

    def fingerprint(self) -> str:
        """Return a digest of all that would be written and of how many rows are refused."""
        rows = [
            [each.known_id, {**asdict(each.after), "announced_on": str(each.after.announced_on)}]
            for each in self.changes
        ]
        return hashlib.sha256(canonical_json({"rows": rows, "refused": self.refused})).hexdigest()


def _say(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in sorted(value.items()))
    return "" if value is None else str(value)
