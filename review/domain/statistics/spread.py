"""How long things take: the middle and the middle half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, slots=True)
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
