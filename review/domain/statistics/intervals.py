"""Intervals: Wilson's for a share, a jackknife's or a bootstrap's for what is worked out from sums over units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from review.domain.statistics.figure import (
    FEWEST_FOR_WORDS,
    FEWEST_UNITS,
    NOT_MEASURABLE,
    Estimate,
    Interval,
    too_few,
    withhold,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]
    Formula = Callable[[Rows], Rows]

CERTAIN = 1.959963984540054
"""How many standard deviations a normal interval of 95 % reaches to either side."""
RESAMPLES = 1000
BATCH = 100
SEED = 2026


def wilson(hits: int, n: int) -> Interval:
    """Return the score interval of a share.

    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Wilson, J. Am. Stat. Assoc. 22 (1927) 209–212.
    """
    share, square = hits / n, CERTAIN**2
    middle = share + square / (2 * n)
    half = CERTAIN * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Interval(max((middle - half) / (1 + square / n), 0.0), min((middle + half) / (1 + square / n), 1.0))


def estimate_share(hits: int, n: int, *, least: int) -> Estimate:
    """Return a share with Wilson's interval, withheld below `least`."""
    return withhold(n, too_few(n, least)) if n < least else Estimate(n, hits / n, wilson(hits, n))


def estimate_from_sums(parts: Rows, formula: Formula, *, low: float = -1.0, high: float = 1.0) -> Estimate:
    """Return what a formula makes of the sum over units, with an interval by leaving out or drawing whole units.

    Args:
        parts: a row for each unit, whose sum over any choice of units is all the formula needs.
        formula: takes rows of such sums, gives a value for each, nan where it cannot be measured.
        low, high: between which the value can lie at all.
    """
    n = len(parts)
    if n < FEWEST_UNITS:
        return withhold(n, too_few(n))
    value = float(formula(parts.sum(axis=0)[None, :])[0])
    if value != value:  # noqa: PLR0124 - nan
        return withhold(n, NOT_MEASURABLE)
    found = jackknife(parts, formula, value) if n < FEWEST_FOR_WORDS else bootstrap(parts, formula)
    if found is None:
        return Estimate(n, value)
    return Estimate(n, value, Interval(max(found.low, low), min(found.high, high)))


def jackknife(parts: Rows, formula: Formula, value: float) -> Interval | None:
    """Return the delete-one interval around a value, Student's t with n − 1 degrees; None where it has no spread.

    se² = (n − 1)/n · Σ (θ₋ᵢ − mean θ₋)². Tukey 1958; Efron, The Jackknife, the Bootstrap (1982), chapter 3.
    """
    import numpy as np
    from scipy.special import stdtrit

    n = len(parts)
    left = formula(parts.sum(axis=0)[None, :] - parts)
    if np.isnan(left).any():
        return None
    error = sqrt((n - 1) / n * float(((left - left.mean()) ** 2).sum()))
    half = float(stdtrit(n - 1, 0.975)) * error
    return Interval(value - half, value + half)


def bootstrap(parts: Rows, formula: Formula) -> Interval | None:
    """Return the percentile interval of RESAMPLES draws of whole units, the same for the same units in any order.

    Efron, The Jackknife, the Bootstrap and Other Resampling Plans (1982), chapter 10.
    """
    import numpy as np

    order = np.lexsort(parts.T[::-1])
    kinds, counts = np.unique(parts[order], axis=0, return_counts=True)
    draw = np.random.default_rng(SEED)
    found = [
        formula(draw.multinomial(len(parts), counts / len(parts), size=BATCH) @ kinds)
        for _ in range(RESAMPLES // BATCH)
    ]
    values = np.concatenate(found)
    values = values[~np.isnan(values)]
    if len(values) < RESAMPLES // 2:
        return None
    low, high = np.quantile(values, (0.025, 0.975))
    return Interval(float(low), float(high))


def estimate_mean(totals: Sequence[float], counts: Sequence[int], *, low: float, high: float) -> Estimate:
    """Return a mean over lines that come in units, with an interval over whole units.

    Args:
        totals, counts: of each unit, the sum of its lines and how many they are.
    """
    import numpy as np

    def mean(sums: Rows) -> Rows:
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Rows = sums[:, 0] / sums[:, 1]
        return found

    parts = np.array([totals, counts], dtype=np.float64).T.reshape(-1, 2)
    return estimate_from_sums(parts, mean, low=low, high=high)
