"""What a rater reads after rating an example profile: the own rating, how it was meant, and what others gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from review.domain.example_file import ExampleProfile
from review.domain.statistics.figure import SMALLEST_GROUP
from review.domain.text import Text, text
from review.domain.values import dataclass

Given = Mapping[str, int | None]
"""Values by criterion; None: cannot tell."""


@dataclass(frozen=True)
class ComparedLine:
    """One criterion: the own value, the one that was meant and why; how many others gave less, the same, and more.

    `others` is None where it is not told, and `unable` how many of them could not tell.
    """

    criterion: str
    own: int | None
    meant: int
    why: str
    others: tuple[int, int, int] | None
    unable: int = 0


@dataclass(frozen=True)
class Comparison:
    """A rated profile beside how it was meant and what others gave: `n` others are counted, `as_meant` lines agree."""

    lines: tuple[ComparedLine, ...]
    n: int
    as_meant: int

    @property
    def withheld(self) -> Text | None:
        """Say why nothing is told of others, where nothing is."""
        return None if self.n else text("Told from %(least)s other raters on", least=SMALLEST_GROUP)


def compare_ratings(profile: ExampleProfile, own: Given, others: Sequence[Given]) -> Comparison:
    """Return a rater's own values beside the others'.

    Others are counted five by five, as they came: so nobody who looks before and after sees what one of them gave.

    Args:
        others: what each other rater gave, the first to rate first.
    """
    counted = others[: len(others) // SMALLEST_GROUP * SMALLEST_GROUP]
    lines = tuple(_line(profile, name, own.get(name), counted) for name in profile.readings)
    return Comparison(lines, len(counted), sum(line.own == line.meant for line in lines))


def _line(profile: ExampleProfile, name: str, own: int | None, counted: Sequence[Given]) -> ComparedLine:
    reading = profile.readings[name]
    values = [value for each in counted if (value := each.get(name)) is not None]
    found = None
    if counted and own is not None:
        found = (sum(each < own for each in values), values.count(own), sum(each > own for each in values))
    return ComparedLine(name, own, reading.value, reading.why, found, len(counted) - len(values))
