"""What a look at a people file found, as its page shows it; kept as data where a worker looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from review.domain.errors import Fault
from review.domain.people_changes import ChangeKind, Plan, PlannedChange
from review.domain.text import Text
from review.domain.values import dataclass

MOST_SHOWN = 200
"""Rows of one kind, and faults, that a look lists; the counts are always whole."""


@dataclass(frozen=True)
class FieldShown:
    """One field, before and after."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class LineShown:
    """What would happen to one person; `row` is None for somebody whom a full file does not name."""

    label: str
    row: int | None
    fields: tuple[FieldShown, ...]


@dataclass(frozen=True)
class GroupShown:
    """The changes of one kind: how many there are, and the first of them."""

    kind: str
    total: int
    lines: tuple[LineShown, ...]


@dataclass(frozen=True)
class Look:
    """What a file would change and what is wrong with it; `fingerprint` is that of all its changes."""

    fingerprint: str
    counts: Mapping[str, int]
    notes: tuple[Text, ...]
    groups: tuple[GroupShown, ...]
    faults: tuple[Fault, ...]
    more_faults: int

    def as_data(self) -> dict[str, Any]:
        """Return it as values that JSON can hold."""
        return {
            "fingerprint": self.fingerprint,
            "counts": dict(self.counts),
            "notes": [_keep(note) for note in self.notes],
            "groups": [_keep_group(group) for group in self.groups],
            "faults": [[_keep(fault.what), _keep(fault.expected), fault.row, fault.field] for fault in self.faults],
            "more_faults": self.more_faults,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Look:
        """Return a look that was kept."""
        return cls(
            fingerprint=data["fingerprint"],
            counts=data["counts"],
            notes=tuple(_read(note) for note in data["notes"]),
            groups=tuple(_read_group(*group) for group in data["groups"]),
            faults=tuple(
                Fault(_read(what), None if expected is None else _read(expected), row=row, field=field)
                for what, expected, row, field in data["faults"]
            ),
            more_faults=data["more_faults"],
        )


def look_at(plan: Plan) -> Look:
    """Return what a page shows of a plan."""
    kinds = [(kind, plan.of_kind(kind)) for kind in ChangeKind]
    return Look(
        fingerprint=plan.fingerprint(),
        counts=plan.counts(),
        notes=plan.notes,
        groups=tuple(
            GroupShown(kind.value, len(changes), tuple(_line(each) for each in changes[:MOST_SHOWN]))
            for kind, changes in kinds
            if changes
        ),
        faults=plan.faults[:MOST_SHOWN],
        more_faults=max(0, len(plan.faults) - MOST_SHOWN),
    )


def _line(change: PlannedChange) -> LineShown:
    fields = tuple(FieldShown(each.field.value, each.old, each.new) for each in change.fields)
    return LineShown(change.after.label, change.row, fields)


def _keep_group(group: GroupShown) -> list[object]:
    lines = [[line.label, line.row, [[each.name, each.old, each.new] for each in line.fields]] for line in group.lines]
    return [group.kind, group.total, lines]


def _read_group(kind: str, total: int, lines: Sequence[Any]) -> GroupShown:
    read = (LineShown(label, row, tuple(FieldShown(*each) for each in fields)) for label, row, fields in lines)
    return GroupShown(kind, total, tuple(read))


def _keep(words: Text | None) -> list[object] | None:
    """Return a sentence with its values; it is translated for whoever reads the page, not for whoever asked."""
    if words is None:
        return None
    values = [[name, _keep_value(value)] for name, value in words.values]
    return [words.one, values, words.many, words.count]


def _keep_value(value: object) -> object:
    if isinstance(value, Text):
        return {"text": _keep(value)}
    if isinstance(value, list | tuple):
        return [_keep_value(each) for each in value]
    return value if isinstance(value, int) else str(value)


def _read(kept: Sequence[Any]) -> Text:
    one, values, many, count = kept
    return Text(one, tuple((name, _read_value(value)) for name, value in values), many, count)


def _read_value(value: Any) -> object:
    if isinstance(value, list):
        return tuple(_read_value(each) for each in value)
    return _read(value["text"]) if isinstance(value, dict) else value
