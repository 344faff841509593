"""Intervals: known values, and the same for the same data."""

from __future__ import annotations

import numpy as np
import pytest

from review.domain.statistics.figure import Estimate, Interval, Kind, too_few, write_interval, write_number
from review.domain.statistics.intervals import estimate_mean, estimate_share, wilson
from review.domain.statistics.spread import Spread, find_spread


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    """81 of 263 is Newcombe's example (Statistics in Medicine 17, 1998, table I)."""
    found = wilson(hits, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_share_of_few_is_withheld() -> None:
    """Of four nothing is told, of five it is."""
    assert estimate_share(2, 4, least=5) == Estimate(4, withheld=too_few(4, 5))
    assert estimate_share(3, 5, least=5) == Estimate(5, 0.6, wilson(3, 5))


def test_the_jackknife_of_a_mean_is_that_of_the_textbook() -> None:
    """For a mean, leaving one out gives s/√n; with Student's t of nine degrees."""
    values = [1.0, 2.0, 4.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0, 8.0]
    found = estimate_mean(values, [1] * 10, low=-100, high=100)
    half = 2.2621571628 * float(np.std(values, ddof=1)) / 10**0.5
    assert found.value == pytest.approx(5.0)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((5.0 - half, 5.0 + half))


def test_the_bootstrap_is_the_same_each_time_and_about_as_wide_as_it_should_be() -> None:
    """From 30 units on it draws, always the same; the normal interval is near."""
    values = [float(k % 7) for k in range(210)]
    one, other = (estimate_mean(each, [1] * 210, low=0, high=6) for each in (values, values[::-1]))
    assert one == other
    assert one.interval is not None
    half = 1.96 * float(np.std(values)) / 210**0.5
    assert one.interval.low == pytest.approx(3 - half, abs=0.03)
    assert one.interval.high == pytest.approx(3 + half, abs=0.03)


def test_the_middle_half() -> None:
    """Quartiles lie between neighbours in proportion."""
    assert find_spread([1, 2, 3, 4]) == Spread(4, 2.5, 1.75, 3.25)
    assert find_spread([1]) is None


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (0.8, Kind.SHARE, "80\u00a0%"), (0.7434, Kind.NUMBER, "0.74"), (-0.001, Kind.NUMBER, "0.00"),
        (12.04, Kind.DAYS, "12.0"), (0.25, Kind.CHANGE, "+0.25"),
        (-0.25, Kind.CHANGE, "-0.25"), (-0.001, Kind.CHANGE, "0.00"),
        (0.00341, Kind.CHANCE, "0.003"), (0.0002, Kind.CHANCE, "< 0.001"), (3.0, Kind.COUNT, "3"),
    ],
)  # fmt: skip
def test_numbers_are_written_one_way(value: float, kind: Kind, words: str) -> None:
    """No minus zero, a sign on what is a change, no chance of nothing."""
    assert write_number(value, kind) == words


def test_an_interval_in_words() -> None:
    """From to."""
    assert str(write_interval(Interval(0.2, 0.6), Kind.SHARE)) == "20\u00a0% to 60\u00a0%"
