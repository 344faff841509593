"""The one tree of errors: what can go wrong, with reasons; the web floor alone knows statuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from review.domain.text import Text
from review.domain.values import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong in what somebody gave us, with its place and what was expected.

    `file`, `line` and `column` (from 1) place it in a text file, `row` (from 1, header = 1) in a table,
    `field` in a form or a record.
    """

    what: Text
    expected: Text | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        if self.row is not None:
            place = f"{place + ' ' if place else ''}row {self.row}"
        if self.field:
            place = f"{place + ' ' if place else ''}{self.field}"
        tail = f" (expected: {self.expected})" if self.expected else ""
        return f"{place}: {self.what}{tail}" if place else f"{self.what}{tail}"


class ReviewError(Exception):
    """Any refusal or fault that a person can act on."""


class NotAllowed(ReviewError):
    """The actor has no right to this.

    `is_known`: the actor may know that the thing exists, so the reasons may be told;
    otherwise it is as if it were not there.
    """

    def __init__(self, *reasons: Text, is_known: bool = False) -> None:
        self.reasons = reasons
        self.is_known = is_known
        super().__init__("; ".join(str(reason) for reason in reasons))


class TransitionRefused(ReviewError):
    """The right person, but the case is not ready or has moved on; the reasons say what is missing."""

    def __init__(self, reasons: Iterable[Text]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(str(reason) for reason in self.reasons))


class Invalid(ReviewError):
    """What was given cannot be accepted; every fault at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Conflict(ReviewError):
    """Somebody else saved first: nothing was written, both versions are kept for comparison.

    `theirs` maps field names to what is stored now, `mine` to what was just sent; `version` is the stored one.
    `choices` maps fields that are chosen, not written, to what can be chosen: value and word.
    """

    def __init__(
        self,
        theirs: dict[str, str],
        mine: dict[str, str],
        version: int,
        saved_by: str = "",
        choices: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.theirs = theirs
        self.mine = mine
        self.version = version
        self.saved_by = saved_by
        self.choices = choices or {}
        super().__init__(f"version {version} was saved in the meantime")


class NotFound(ReviewError):
    """There is no such thing, or nobody may tell this actor that there is."""


class NoLongerHere(ReviewError):
    """Whoever acts has left while this was on its way; nothing of it is kept."""
