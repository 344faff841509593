"""The calibration grid: what stands in a cell, how rows are narrowed and put in order, and how often each word is used.

Nothing in it ranks people: rows go by name, by target level, or by how far judgements lie apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from review.domain.errors import Fault
from review.domain.text import Text, text
from review.domain.values import dataclass

SCALE = range(1, 6)
APART = 2
"""From how many points on judgements are far apart."""
MAX_WORDS = 4000


class ChangeCode(StrEnum):
    """Why the committee rates otherwise than the manager."""

    OVERLOOKED = "overlooked"
    WEAKER = "weaker"
    LADDER = "ladder"
    SHARE = "share"
    RECENT = "recent"
    ALIKE = "alike"


CODE_WORDS: Mapping[str, Text] = {
    ChangeCode.OVERLOOKED: text("The packet shows more than was rated"),
    ChangeCode.WEAKER: text("The packet shows less than was rated"),
    ChangeCode.LADDER: text("The ladder asks for something else"),
    ChangeCode.SHARE: text("The share in the work was another"),
    ChangeCode.RECENT: text("One late event weighed too much"),
    ChangeCode.ALIKE: text("A case like this one was rated otherwise"),
}


def told_kind(code: str) -> Text | None:
    """Return the kind of reason in the words for a candidate, None where it would speak of somebody else's case."""
    return None if code == ChangeCode.ALIKE else CODE_WORDS.get(code)


@dataclass(frozen=True)
class Given:
    """A rating that was handed in; `value` None says that the rater could not tell."""

    value: int | None


@dataclass(frozen=True)
class Round:
    """The votes on one criterion in one round: how many gave each value, and how many could not tell."""

    counts: Mapping[int, int] = field(default_factory=dict)
    unable: int = 0

    @property
    def mean(self) -> float | None:
        """Return the mean of the values given."""
        count = sum(self.counts.values())
        return sum(value * times for value, times in self.counts.items()) / count if count else None

    @property
    def spread(self) -> int | None:
        """Return how far the lowest and the highest lie apart."""
        return max(self.counts) - min(self.counts) if self.counts else None


@dataclass(frozen=True)
class Changed:
    """A rating as the committee changed it."""

    value: int | None


@dataclass(frozen=True)
class Cell:
    """One case in one criterion, as far as the reader may see it; None: not there, or not for this reader.

    `is_asked`: the ladder rates this criterion at the target level. `last` is None before a second round of votes.
    """

    is_asked: bool = True
    first_view: Given | None = None
    final: Given | None = None
    second: Given | None = None
    first: Round | None = None
    last: Round | None = None
    changed: Changed | None = None

    @property
    def stands(self) -> Given | None:
        """Return the rating that stands: as the committee changed it, else the manager's."""
        return Given(self.changed.value) if self.changed else self.final

    @property
    def votes(self) -> Round | None:
        """Return the latest votes."""
        return self.last or self.first

    @property
    def vote_spread(self) -> int:
        """Return how far the latest votes lie apart."""
        return (self.votes.spread if self.votes else None) or 0

    @property
    def distance(self) -> int:
        """Return how far the three ratings lie apart."""
        values = [each.value for each in (self.first_view, self.final, self.second) if each and each.value is not None]
        return max(values) - min(values) if values else 0


@dataclass(frozen=True)
class GridRow:
    """A case of the grid with its cells by criterion."""

    case_id: int
    code: str
    candidate: str
    function: str
    from_level: str
    to_level: str
    grade: int
    committee: str
    state: str
    cells: Mapping[str, Cell]
    split: Mapping[str, int]

    @property
    def is_changed(self) -> bool:
        """Tell whether the committee changed a rating."""
        return any(cell.changed for cell in self.cells.values())

    @property
    def vote_spread(self) -> int:
        """Return the largest distance between two votes on a criterion."""
        return max((cell.vote_spread for cell in self.cells.values()), default=0)

    @property
    def distance(self) -> int:
        """Return the largest distance between the ratings of a criterion."""
        return max((cell.distance for cell in self.cells.values()), default=0)


class Order(StrEnum):
    """What rows can be put in order by."""

    NAME = "name"
    LEVEL = "level"
    FUNCTION = "function"
    VOTES = "votes"
    RATINGS = "ratings"


class Only(StrEnum):
    """What rows can be narrowed to."""

    ALL = "all"
    CHANGED = "changed"
    VOTES_APART = "votes_apart"
    RATINGS_APART = "ratings_apart"


@dataclass(frozen=True)
class View:
    """How the reader wants the grid."""

    order: Order = Order.NAME
    only: Only = Only.ALL
    to_level: str = ""
    committee: str = ""


KEYS: Mapping[Order, Callable[[GridRow], tuple[object, ...]]] = {
    Order.NAME: lambda row: (row.candidate, row.code),
    Order.LEVEL: lambda row: (row.grade, row.to_level, row.candidate, row.code),
    Order.FUNCTION: lambda row: (row.function, row.candidate, row.code),
    Order.VOTES: lambda row: (-row.vote_spread, row.candidate, row.code),
    Order.RATINGS: lambda row: (-row.distance, row.candidate, row.code),
}
TESTS: Mapping[Only, Callable[[GridRow], bool]] = {
    Only.ALL: lambda _row: True,
    Only.CHANGED: lambda row: row.is_changed,
    Only.VOTES_APART: lambda row: row.vote_spread >= APART,
    Only.RATINGS_APART: lambda row: row.distance >= APART,
}


def arrange(rows: Iterable[GridRow], view: View) -> tuple[GridRow, ...]:
    """Return the rows that the reader asks for, in the order asked for."""
    kept = (
        row
        for row in rows
        if TESTS[view.only](row) and view.to_level in ("", row.to_level) and view.committee in ("", row.committee)
    )
    return tuple(sorted(kept, key=KEYS[view.order]))


def count_ratings(rows: Sequence[GridRow], criterion: str) -> dict[int, int]:
    """Return how often each rating stands in a criterion, 0 for "cannot tell"; no share is wanted of any."""
    stands = [row.cells[criterion].stands for row in rows if criterion in row.cells]
    counted = Counter((each.value or 0) for each in stands if each is not None)
    return {value: counted[value] for value in (*SCALE, 0)}


@dataclass(frozen=True)
class ChangeDraft:
    """How somebody wants a rating changed, and why; `value` None and `cannot_judge`: the packet does not let one tell.

    `sentence` are the ladder's own words, `anchors` are `e:<evidence id>` and `f:<feedback id>`. `seen` is the number
    of changes that the form was written after.
    """

    value: int | None
    cannot_judge: bool
    code: str
    sentence: str
    reason: str
    anchors: tuple[str, ...]
    seen: int


def find_change_faults(
    draft: ChangeDraft, stands: int | None, sentences: Collection[str], anchors: Collection[str]
) -> list[Fault]:
    """Return what a change still needs: another rating, the kind of reason, the ladder's words, why, and a source."""
    faults = []
    if not draft.cannot_judge and draft.value not in SCALE:
        faults.append(Fault(text("Choose a rating"), field="value"))
    elif (None if draft.cannot_judge else draft.value) == stands:
        faults.append(Fault(text("This is the rating as it stands"), text("another one"), field="value"))
    if draft.code not in CODE_WORDS:
        faults.append(Fault(text("Choose what kind of reason it is"), field="code"))
    if draft.sentence not in sentences:
        faults.append(Fault(text("Choose the sentence of the ladder it turns on"), field="sentence"))
    if not draft.reason.strip():
        faults.append(Fault(text("Say why, in a sentence"), field="reason"))
    elif len(draft.reason) > MAX_WORDS:
        faults.append(Fault(text("This is too long"), text("at most %(count)s signs", count=MAX_WORDS), field="reason"))
    if not draft.anchors or not set(draft.anchors) <= set(anchors):
        faults.append(Fault(text("Cite the packet: evidence or feedback"), field="cites"))
    return faults
