"""How much those who judge the same agree: Krippendorff's alpha, pairs that agree, Gwet's AC1, and Shrout and Fleiss.

Judgements of a unit come as counts of its values, so that missing ones need no place: a row for each unit, a column for
each value of the scale in order.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from review.domain.statistics.figure import Estimate
from review.domain.statistics.intervals import estimate_from_sums
from review.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]


class Metric(StrEnum):
    """How far apart two values of a scale are."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def count_values(units: Sequence[Sequence[int | None]], scale: Sequence[int]) -> Rows:
    """Return how often each value of the scale stands in each unit; None is missing."""
    import numpy as np

    return np.array([[list(unit).count(value) for value in scale] for unit in units], dtype=np.float64)


def coincidences(counts: Rows) -> Rows:
    """Return each unit's part of the coincidence matrix: of every value with every other, a flat row.

    A unit of m values adds n_c·n_k / (m − 1), and n_c·(n_c − 1) / (m − 1) on the diagonal; one of a single value adds
    nothing. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), step D.
    """
    import numpy as np

    pairs = counts[:, :, None] * counts[:, None, :]
    width = np.arange(counts.shape[1])
    pairs[:, width, width] -= counts
    others = np.maximum(counts.sum(axis=1) - 1, 1)
    flat: Rows = (pairs / others[:, None, None]).reshape(len(counts), -1)
    return flat


def alpha_of(sums: Rows, scale: Sequence[int], metric: Metric = Metric.ORDINAL) -> Rows:
    """Return alpha of each row of summed coincidences; nan where only one value was ever given.

    α = 1 − (n − 1) · Σ o_ck δ²_ck / Σ n_c n_k δ²_ck. Krippendorff 2011, as above. Ordinal distances follow from how
    often the values between two were given, so each row has its own.
    """
    import numpy as np

    size = len(scale)
    observed = sums.reshape(-1, size, size)
    given = observed.sum(axis=2)
    distance = _distances(given, np.array(scale, dtype=np.float64), metric)
    expected = (given[:, :, None] * given[:, None, :] * distance).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 1 - (given.sum(axis=1) - 1) * (observed * distance).sum(axis=(1, 2)) / expected
    value: Rows = np.where(expected > 0, found, np.nan)
    return value


def _distances(given: Rows, scale: Rows, metric: Metric) -> Rows:
    """Return δ² between each two values, for each row of counts of given values."""
    import numpy as np

    apart = scale[:, None] - scale[None, :]
    match metric:
        case Metric.NOMINAL:
            unlike: Rows = (apart != 0).astype(np.float64)[None]
            return unlike
        case Metric.INTERVAL:
            square: Rows = (apart**2)[None]
            return square
        case Metric.RATIO:
            ratio: Rows = ((apart / (scale[:, None] + scale[None, :])) ** 2)[None]
            return ratio
        case Metric.ORDINAL:
            middle = np.cumsum(given, axis=1) - given / 2
            ranks: Rows = (middle[:, :, None] - middle[:, None, :]) ** 2
            return ranks


def krippendorff_alpha(counts: Rows, scale: Sequence[int], metric: Metric = Metric.ORDINAL) -> float:
    """Return alpha of units given as counts of their values; nan where it cannot be measured."""
    return float(alpha_of(coincidences(counts).sum(axis=0)[None, :], scale, metric)[0])


def estimate_alpha(parts: Rows, scale: Sequence[int]) -> Estimate:
    """Return ordinal alpha with its interval, from each unit's coincidences; units without a pair count as none."""
    paired = parts[parts.sum(axis=1) > 0]
    return estimate_from_sums(paired, lambda sums: alpha_of(sums, scale))


def estimate_pairs(counts: Rows, groups: Sequence[int]) -> Estimate:
    """Return the share of pairs of judgements that are equal, with an interval over groups of units.

    Args:
        groups: which group, from 0, each unit belongs to; whole groups are left out or drawn.
    """
    import numpy as np

    together = np.zeros((max(groups, default=-1) + 1, 2))
    sizes = counts.sum(axis=1)
    np.add.at(together, np.array(groups, dtype=int), np.array([_equal_pairs(counts), sizes * (sizes - 1)]).T)

    def share(sums: Rows) -> Rows:
        found: Rows = sums[:, 0] / sums[:, 1]
        return found

    return estimate_from_sums(together[together[:, 1] > 0], share, low=0.0)


def _equal_pairs(counts: Rows) -> Rows:
    found: Rows = (counts * (counts - 1)).sum(axis=1)
    return found


def gwet_ac1(counts: Rows) -> float:
    """Return Gwet's AC1 of units given as counts of their values; nan where no unit has a pair.

    (p_a − p_e) / (1 − p_e) with p_e = Σ π(1 − π) / (q − 1), π the mean share of a value. Gwet, Br. J. Math. Stat.
    Psychol. 61 (2008) 29–48, equations 9 and 10.
    """
    given = counts[counts.sum(axis=1) > 0]
    paired = counts[counts.sum(axis=1) > 1]
    if not len(paired):
        return float("nan")
    sizes = paired.sum(axis=1)
    agreed = float((_equal_pairs(paired) / (sizes * (sizes - 1))).mean())
    shares = (given / given.sum(axis=1, keepdims=True)).mean(axis=0)
    chance = float((shares * (1 - shares)).sum()) / (counts.shape[1] - 1)
    return float((agreed - chance) / (1 - chance))


@dataclass(frozen=True)
class MeanSquares:
    """Of a whole table of targets × judges: between targets, within targets, between judges, and what is left."""

    targets: float
    within: float
    judges: float
    rest: float
    n: int
    k: int


def find_mean_squares(table: Rows) -> MeanSquares:
    """Return the mean squares of a table without gaps; the two-way analysis of variance."""
    n, k = table.shape
    mean = table.mean()
    targets = k * float(((table.mean(axis=1) - mean) ** 2).sum())
    judges = n * float(((table.mean(axis=0) - mean) ** 2).sum())
    whole = float(((table - mean) ** 2).sum())
    rest = whole - targets - judges
    within = (whole - targets) / (n * (k - 1))
    return MeanSquares(targets / (n - 1), within, judges / (k - 1), rest / ((n - 1) * (k - 1)), n, k)


def intraclass(squares: MeanSquares) -> dict[str, float]:
    """Return the six intraclass correlations by their usual names.

    Shrout and Fleiss, Psychological Bulletin 86 (1979) 420–428.
    """
    t, w, j, e, n, k = squares.targets, squares.within, squares.judges, squares.rest, squares.n, squares.k
    return {
        "1,1": (t - w) / (t + (k - 1) * w),
        "2,1": (t - e) / (t + (k - 1) * e + k * (j - e) / n),
        "3,1": (t - e) / (t + (k - 1) * e),
        "1,k": (t - w) / t,
        "2,k": (t - e) / (t + (j - e) / n),
        "3,k": (t - e) / t,
    }


def estimate_mean_agreement(given: Sequence[Sequence[float]]) -> Estimate:
    """Return ICC(1,k), how well the mean of a target's judgements stands for it, where targets have different numbers.

    1 − MSW / MSB of the one-way analysis of variance (Shrout and Fleiss 1979, case 1). A target of one judgement says
    nothing of how judges differ and is left out.
    """
    import numpy as np

    rows = [
        (1, len(each), sum(each), sum(each) ** 2 / len(each), sum(v * v for v in each))
        for each in given
        if len(each) > 1
    ]

    def icc(sums: Rows) -> Rows:
        n, lines, total, by_target, squares = sums.T
        with np.errstate(invalid="ignore", divide="ignore"):
            between = (by_target - total**2 / lines) / (n - 1)
            within = (squares - by_target) / (lines - n)
            found: Rows = np.where(between > 1e-12, 1 - within / between, np.nan)
        return found

    return estimate_from_sums(np.array(rows, dtype=np.float64).reshape(-1, 5), icc)
