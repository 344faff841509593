"""How long things take: the middle, how sure it is, and the middle half."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from statistics import median, quantiles

from review.domain.statistics.figure import FEWEST_UNITS, Estimate, Interval, too_few, withhold
from review.domain.values import dataclass

TAIL = 0.025


@dataclass(frozen=True)
class Spread:
    """Half of all are at most `median`; half lie from `low` to `high`."""

    n: int
    median: float
    low: float
    high: float


def find_spread(values: Sequence[float]) -> Spread | None:
    """Return the quartiles of two or more values, between neighbours in proportion; None of fewer.

    Hyndman and Fan, The American Statistician 50 (1996) 361–365, definition 7.
    """
    if len(values) < 2:
        return None
    low, median, high = quantiles(values, n=4, method="inclusive")
    return Spread(len(values), median, low, high)


def estimate_median(values: Sequence[float]) -> Estimate:
    """Return the middle value with the interval between two of the values, withheld below FEWEST_UNITS.

    The k-th smallest and the k-th largest, k the most with P(B(n, ½) < k) ≤ 2.5 %: in 95 of 100 such samples or more
    the true middle lies between, whatever the values look like. Thompson, Ann. Math. Stat. 7 (1936) 122–128.
    """
    n = len(values)
    if n < FEWEST_UNITS:
        return withhold(n, too_few(n))
    ordered, k, below = sorted(values), 0, 1
    while below <= TAIL * 2**n:
        k += 1
        below += comb(n, k)
    return Estimate(n, median(ordered), Interval(ordered[k - 1], ordered[n - k]))
