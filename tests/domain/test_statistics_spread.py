"""The middle of some values with its interval: by rank, from ten on."""

from __future__ import annotations

import pytest

from review.domain.statistics.figure import Interval
from review.domain.statistics.spread import estimate_median

RANKS = ((10, 2, 9), (15, 4, 12), (20, 6, 15), (25, 8, 18), (30, 10, 21), (50, 18, 33), (100, 40, 61))
"""n, and which of the ordered values the interval of 95 % lies between: the usual table of the sign test."""


@pytest.mark.parametrize(("n", "low", "high"), RANKS)
def test_the_interval_lies_between_two_of_the_values(n: int, low: int, high: int) -> None:
    found = estimate_median([float(each) for each in range(n, 0, -1)])
    assert (found.n, found.value, found.interval) == (n, (n + 1) / 2, Interval(low, high))


def test_nine_are_too_few() -> None:
    found = estimate_median([1.0] * 9)
    assert (found.n, found.value, str(found.withheld)) == (9, None, "9 are here; it is told from 10 on")
