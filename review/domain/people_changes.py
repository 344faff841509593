"""The vocabulary of changes in the directory: states, joins, leavers, returns and changes field by field."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum

from review.domain.errors import Fault
from review.domain.people_file import PersonField
from review.domain.text import Text
from review.domain.values import dataclass


class Scope(StrEnum):
    """Whether the file names everybody (who is absent has left) or only some."""

    PART = "part"
    FULL = "full"


class ChangeKind(StrEnum):
    """What happens to one person."""

    JOIN = "join"
    RETURN = "return"
    CHANGE = "change"
    LEAVE = "leave"


@dataclass(frozen=True)
class PersonState:
    """What the directory says of a person; `manager` is the manager's external id."""

    external_id: str
    name: str
    email: str | None = None
    title: str = ""
    function: str = ""
    manager: str | None = None
    level: str | None = None
    level_since: date | None = None
    joined_on: date | None = None
    left_on: date | None = None
    country: str | None = None
    zone: str | None = None

    @property
    def label(self) -> str:
        """Name somebody so that two of the same name can be told apart."""
        return self.name if self.name == self.external_id else f"{self.name} ({self.external_id})"


@dataclass(frozen=True)
class KnownPerson:
    """A person as the database has them."""

    person_id: int
    state: PersonState
    is_active: bool


@dataclass(frozen=True)
class Reference:
    """What cells may name: levels by id or code (in lower case) → id, and time zones.

    `levels_today`: by external id, what people hold until a level that has been written comes into force.
    """

    levels: Mapping[str, str]
    zones: frozenset[str]
    levels_today: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldChange:
    """One field, before and after, as words."""

    field: PersonField
    old: str
    new: str


@dataclass(frozen=True)
class PlannedChange:
    """What would happen to one person; `row` is None for somebody whom a full file does not name."""

    kind: ChangeKind
    before: KnownPerson | None
    after: PersonState
    fields: tuple[FieldChange, ...] = ()
    row: int | None = None

    def has(self, name: PersonField) -> bool:
        """Tell whether this field differs."""
        return any(change.field is name for change in self.fields)


@dataclass(frozen=True)
class Plan:
    """All planned changes, all faults, and remarks that stop nothing."""

    changes: tuple[PlannedChange, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Text, ...]
    unchanged: int

    def of_kind(self, kind: ChangeKind) -> tuple[PlannedChange, ...]:
        """Give the changes of one kind."""
        return tuple(change for change in self.changes if change.kind is kind)

    def with_field(self, name: PersonField) -> tuple[PlannedChange, ...]:
        """Give the changes of people who stay in which this field differs."""
        return tuple(change for change in self.of_kind(ChangeKind.CHANGE) if change.has(name))

    def fingerprint(self) -> str:
        """Give a digest of all changes, to tell whether a plan is still the one that was looked at."""
        digest = hashlib.sha256()
        for change in self.changes:  # one by one, a large company in one piece takes 100 MB; `fields` follow from these
            digest.update(repr((change.kind.value, change.before, change.after, change.row)).encode())
        return digest.hexdigest()

    def counts(self) -> dict[str, int]:
        """Count what would happen, for a summary."""
        return {
            "joins": len(self.of_kind(ChangeKind.JOIN)),
            "leavers": len(self.of_kind(ChangeKind.LEAVE)),
            "returns": len(self.of_kind(ChangeKind.RETURN)),
            "changes": len(self.of_kind(ChangeKind.CHANGE)),
            "manager_changes": len(self.with_field(PersonField.MANAGER)),
            "unchanged": self.unchanged,
        }


def order_top_down(changes: Iterable[PlannedChange], known: Iterable[KnownPerson]) -> list[PlannedChange]:
    """Order changes so that everybody comes after their new manager, and leavers last.

    Whoever makes them in this order, one after the other, has no circle of managers at any moment: above everybody who
    has been changed there is nobody left to change.
    """
    chosen = list(changes)
    managers = {person.state.external_id: person.state.manager for person in known}
    managers |= {change.after.external_id: change.after.manager for change in chosen}
    depths: dict[str, int] = {}
    for change in chosen:
        path: dict[str, None] = {}
        key: str | None = change.after.external_id
        while key is not None and key not in depths and key not in path:
            path[key] = None
            key = managers.get(key)
        above = depths.get(key, 0) if key is not None else 0
        for below, each in enumerate(reversed(path), 1):
            depths[each] = above + below
    return sorted(chosen, key=lambda change: (change.kind is ChangeKind.LEAVE, depths[change.after.external_id]))


def find_differences(
    before: PersonState | None, after: PersonState, label: Callable[[str], str]
) -> tuple[FieldChange, ...]:
    """Say field by field what differs; `label` turns a manager's external id into words."""
    old = _as_words(before, label) if before else {}
    new = _as_words(after, label)
    return tuple(
        FieldChange(name, old.get(name, ""), words) for name, words in new.items() if old.get(name, "") != words
    )


def find_cycles(manager_of: Mapping[str, str | None]) -> list[tuple[str, ...]]:
    """Find every ring in a report chain where each has at most one manager; each ring once, in chain order."""
    done: set[str] = set()
    rings: list[tuple[str, ...]] = []
    for start in manager_of:
        path: dict[str, int] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = len(path)
            at = manager_of.get(at)
        if at is not None and at in path:
            rings.append(tuple(path)[path[at] :])
        done.update(path)
    return rings


def _as_words(state: PersonState, label: Callable[[str], str]) -> dict[PersonField, str]:
    return {
        PersonField.NAME: state.name,
        PersonField.EMAIL: state.email or "",
        PersonField.TITLE: state.title,
        PersonField.FUNCTION: state.function,
        PersonField.MANAGER: label(state.manager) if state.manager else "",
        PersonField.LEVEL: state.level or "",
        PersonField.LEVEL_SINCE: state.level_since.isoformat() if state.level_since else "",
        PersonField.JOINED_ON: state.joined_on.isoformat() if state.joined_on else "",
        PersonField.LEFT_ON: state.left_on.isoformat() if state.left_on else "",
        PersonField.COUNTRY: state.country or "",
        PersonField.ZONE: state.zone or "",
    }
