"""Whether a stage lets people of one group through less often: impact ratio, exact tests, and who must stay hidden.

Nothing found is never "fair": a small group would show nothing whatever was true, so its power is told as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import erf, sqrt
from typing import TYPE_CHECKING

from review.domain.statistics.figure import SMALLEST_GROUP
from review.domain.statistics.intervals import CERTAIN
from review.domain.values import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Chances = NDArray[np.float64]

FEWEST_TO_TEST = 10
FEWEST_HITS = 5
SIGNIFICANT = 0.05
SAME = 1e-7
"""Tables whose chances differ by no more than this share of them are equally likely."""


@dataclass(frozen=True)
class Rate:
    """How many of a group went through a stage."""

    hits: int
    n: int

    @property
    def share(self) -> float:
        """Return the rate."""
        return self.hits / self.n


@dataclass(frozen=True)
class Comparison:
    """A group against the one that went through most often; `level_chance` is None where no level has both.

    `is_signal`: the ratio is below four fifths, and with one person more of this group would be, and chance alone would
    hardly do that.
    """

    ratio: float
    chance: float
    level_chance: float | None
    power: float
    is_signal: bool


def is_below_four_fifths(group: Rate, best: Rate) -> bool:
    """Tell whether a rate is below four fifths of another; in whole numbers, so that 80.0 % is not below.

    Uniform Guidelines on Employee Selection Procedures (1978), section 4D.
    """
    return 5 * group.hits * best.n < 4 * best.hits * group.n


def impact_ratio(group: Rate, best: Rate) -> float:
    """Return a rate as a share of another."""
    return (group.hits * best.n) / (best.hits * group.n)


def holds_with_one_more(group: Rate, best: Rate) -> bool:
    """Tell whether the ratio would still be below four fifths had one person more of the group gone through."""
    return group.hits < group.n and is_below_four_fifths(Rate(group.hits + 1, group.n), best)


def fisher(one: Rate, other: Rate) -> float:
    """Return the two-sided chance of a table as unlikely as this one, or less likely.

    Fisher, Statistical Methods for Research Workers (1934), section 21.02.
    """
    chances, seen = _chances(one, other), one.hits
    return float(chances[chances <= chances[seen] * (1 + SAME)].sum())


def fisher_mid(one: Rate, other: Rate) -> float:
    """Return the same with tables as likely as this one counted by half.

    Lancaster, J. Am. Stat. Assoc. 56 (1961) 223–234.
    """
    return _mid(_chances(one, other), one.hits)


def stratified_mid(levels: Sequence[tuple[Rate, Rate]]) -> float | None:
    """Return the exact conditional mid-p over levels: of all totals that the levels' margins allow; None without any.

    Cochran 1954, Mantel and Haenszel 1959; the exact form in Agresti, Categorical Data Analysis (2013), section 16.5.
    """
    import numpy as np

    chances, seen = np.ones(1), 0
    for one, other in _with_both(levels):
        chances = np.convolve(chances, _chances(one, other))
        seen += one.hits
    return _mid(chances, seen) if len(chances) > 1 else None


def stratified_statistic(levels: Sequence[tuple[Rate, Rate]]) -> float | None:
    """Return the Cochran–Mantel–Haenszel chi-square without correction; None where no level can vary.

    (Σ aᵢ − Σ E aᵢ)² / Σ Var aᵢ, from the hypergeometric distribution of each level.
    """
    apart = variance = 0.0
    for one, other in _with_both(levels):
        n, hits = one.n + other.n, one.hits + other.hits
        apart += one.hits - one.n * hits / n
        variance += one.n * other.n * hits * (n - hits) / (n * n * (n - 1))
    return apart * apart / variance if variance else None


def _with_both(levels: Sequence[tuple[Rate, Rate]]) -> list[tuple[Rate, Rate]]:
    return [(one, other) for one, other in levels if one.n and other.n]


def _chances(one: Rate, other: Rate) -> Chances:
    """Return how likely each count of hits in the first group is, given the margins; from 0 to all hits."""
    import numpy as np
    from scipy.special import gammaln

    n, hits = one.n + other.n, one.hits + other.hits
    k = np.arange(hits + 1)
    can = (k <= one.n) & (hits - k <= other.n)
    inside = np.where(can, k, max(hits - other.n, 0))
    logs = (
        gammaln(one.n + 1) - gammaln(inside + 1) - gammaln(one.n - inside + 1)
        + gammaln(other.n + 1) - gammaln(hits - inside + 1) - gammaln(other.n - hits + inside + 1)
        - gammaln(n + 1) + gammaln(hits + 1) + gammaln(n - hits + 1)
    )  # fmt: skip
    found: Chances = np.where(can, np.exp(logs), 0.0)
    return found


def _mid(chances: Chances, seen: int) -> float:
    here = chances[seen]
    rarer = float(chances[chances < here * (1 - SAME)].sum())
    alike = float(chances[(chances >= here * (1 - SAME)) & (chances <= here * (1 + SAME))].sum())
    return rarer + alike / 2


def count_holm(chances: Sequence[float]) -> int:
    """Return how many comparisons stand once all of them are taken together.

    Holm, Scandinavian Journal of Statistics 6 (1979) 65–70.
    """
    for place, chance in enumerate(sorted(chances)):
        if chance > SIGNIFICANT / (len(chances) - place):
            return place
    return len(chances)


def find_power(group: Rate, best: Rate) -> float:
    """Return how often groups of this size would show a true ratio of four fifths, by the normal approximation.

    Φ(|p₁ − p₂| / se − 1.96); Fleiss, Statistical Methods for Rates and Proportions (1981), chapter 3.
    """
    high = best.share
    low = 0.8 * high
    error = sqrt(high * (1 - high) / best.n + low * (1 - low) / group.n)
    return 0.5 * (1 + erf(((high - low) / error - CERTAIN) / sqrt(2))) if error else 1.0


def compare(group: Rate, best: Rate, levels: Sequence[tuple[Rate, Rate]]) -> Comparison | None:
    """Compare a group with the best one; None where either has fewer than ten, or five went through of both."""
    if min(group.n, best.n) < FEWEST_TO_TEST or group.hits + best.hits < FEWEST_HITS:
        return None
    chance = fisher_mid(group, best)
    is_apart = is_below_four_fifths(group, best) and holds_with_one_more(group, best)
    return Comparison(
        ratio=impact_ratio(group, best),
        chance=chance,
        level_chance=stratified_mid(levels),
        power=find_power(group, best),
        is_signal=is_apart and chance < SIGNIFICANT,
    )


def find_hidden(sizes: Mapping[str, int], least: int = SMALLEST_GROUP) -> frozenset[str]:
    """Return which groups are not shown: those below `least`, and next larger ones that keep them from being told.

    Somebody who knows the sum of all groups must not find a small one by taking the others away: what is hidden is of
    two groups at least, and of `least` people together. Groups of nobody are none.
    """
    there = sorted((size, name) for name, size in sizes.items() if size)
    hidden = [name for size, name in there if size < least]
    total = sum(sizes[name] for name in hidden)
    for size, name in there[len(hidden) :]:
        if not hidden or total >= least:
            break
        hidden.append(name)
        total += size
    return frozenset(hidden)
