"""Whether a rater is stricter than others, as far as shared cases can tell it: a question, never a correction.

rating = mean + team + person + severity + noise. A person is absorbed in closed form, the variances are averaged over a
small grid, so that there is no seed and nothing to converge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, product
from math import exp, log
from typing import TYPE_CHECKING

from review.domain.statistics.agreement import MeanSquares
from review.domain.values import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

FEWEST_RATERS = 5
FEWEST_LINKS = 3
LEAST_EFFECT = 0.2
MOST_RATERS = 100
"""From here on the model would take longer than a page may."""
NINETY = 1.6448536269514722
NEGLIGIBLE = 1e-4
"""Variances of less weight than this add nothing that is shown."""
SPREAD = 0.5
"""Scale of the half-normal prior of each standard deviation, in points of a scale from 1 to 5."""


@dataclass(frozen=True)
class Given:
    """What one rater gave one person, the mean over criteria."""

    person: int
    rater: int
    value: float


@dataclass(frozen=True)
class Spreads:
    """Variances of severity, team, person and noise."""

    severity: float
    team: float
    person: float
    noise: float


@dataclass(frozen=True)
class Effect:
    """How far above the others a rater rates the same people, drawn towards none, with its standard deviation."""

    mean: float
    deviation: float

    @property
    def is_clear(self) -> bool:
        """Tell whether it is large enough to ask about and its 90 % interval excludes none."""
        return abs(self.mean) >= LEAST_EFFECT and abs(self.mean) > NINETY * self.deviation


@dataclass(frozen=True)
class Links:
    """How the raters hang together by people they both rated; `sizes` of the groups, the largest first."""

    sizes: tuple[int, ...]
    ratings: Mapping[int, int]

    @property
    def is_connected(self) -> bool:
        """Tell whether one can come from each rater to every other."""
        return len(self.sizes) == 1


def find_components(squares: MeanSquares) -> tuple[float, float, float]:
    """Return the variances of persons, judges and noise from a whole table; the two-way analysis of variance."""
    person = (squares.targets - squares.rest) / squares.k
    return person, (squares.judges - squares.rest) / squares.n, squares.rest


def find_links(given: Iterable[Given]) -> Links:
    """Return how raters hang together, and for each how many of their ratings are of somebody whom another rated."""
    by_person: dict[int, list[int]] = {}
    leader: dict[int, int] = {}
    for each in given:
        by_person.setdefault(each.person, []).append(each.rater)
        leader.setdefault(each.rater, each.rater)
    ratings = dict.fromkeys(leader, 0)
    for raters in by_person.values():
        for rater in raters:
            ratings[rater] += len(raters) > 1
            leader[_first(leader, rater)] = _first(leader, raters[0])
    sizes: dict[int, int] = {}
    for rater in leader:
        found = _first(leader, rater)
        sizes[found] = sizes.get(found, 0) + 1
    return Links(tuple(sorted(sizes.values(), reverse=True)), ratings)


def _first(leader: dict[int, int], rater: int) -> int:
    while leader[rater] != rater:
        leader[rater] = leader[leader[rater]]
        rater = leader[rater]
    return rater


def find_questions(given: Sequence[Given], home: Mapping[int, int], managers: frozenset[int]) -> dict[int, Effect]:
    """Return the managers whose effect is clear; empty unless all gates hold.

    Connected raters, at least five managers, at least three linking ratings of the manager, an interval without none,
    and a fifth of a point.

    Args:
        home: person -> their manager.
    """
    links = find_links(given)
    rating = managers & links.ratings.keys()
    if not links.is_connected or len(rating) < FEWEST_RATERS or len(links.ratings) > MOST_RATERS:
        return {}
    effects = fit(given, home, usual_grid())
    asked = (rater for rater in sorted(rating) if links.ratings[rater] >= FEWEST_LINKS)
    return {rater: effects[rater] for rater in asked if effects[rater].is_clear}


def usual_grid() -> dict[Spreads, float]:
    """Return the variances to average over, each with its weight before any rating is seen."""
    severity, team = _points((0.08, 0.22, 0.40, 0.65)), _points((0.05, 0.22, 0.40, 0.65))
    person, noise = _points((0.20, 0.40, 0.65)), _points((0.25, 0.40, 0.60))
    return {
        Spreads(b * b, t * t, u * u, e * e): wb * wt * wu * we
        for (b, wb), (t, wt), (u, wu), (e, we) in product(severity, team, person, noise)
    }


def _points(values: Sequence[float]) -> list[tuple[float, float]]:
    """Weigh each standard deviation by its half-normal prior and the stretch of the grid that it stands for."""
    ends = [max(0.0, values[0] - (values[1] - values[0]) / 2)]
    ends += [(one + other) / 2 for one, other in pairwise(values)]
    ends.append(values[-1] + (values[-1] - values[-2]) / 2)
    return [
        (value, exp(-0.5 * (value / SPREAD) ** 2) * (ends[place + 1] - ends[place]))
        for place, value in enumerate(values)
    ]


def fit(given: Sequence[Given], home: Mapping[int, int], grid: Mapping[Spreads, float]) -> dict[int, Effect]:
    """Return the effect of each rater: the mean over the grid, each point weighed by its restricted likelihood.

    Henderson's mixed model equations with the persons absorbed (Searle, Casella, McCulloch, Variance Components, 1992,
    chapter 7).
    """
    import numpy as np

    table = _Table(given, home)
    chance = np.array([table.find_likelihood(spreads) + log(weight) for spreads, weight in grid.items()])
    weights = np.exp(chance - chance.max())
    weights /= weights.sum()
    points = [(spreads, weight) for spreads, weight in zip(grid, weights, strict=True) if weight >= NEGLIGIBLE]
    shares = np.array([weight for _, weight in points]) / sum(weight for _, weight in points)
    found = [table.solve(spreads) for spreads, _ in points]
    means = np.array([mean for mean, _ in found])
    squares = np.array([variance for _, variance in found]) + means**2
    mean = shares @ means
    deviation = np.sqrt(np.maximum(shares @ squares - mean**2, 0))
    return {rater: Effect(float(mean[place]), float(deviation[place])) for rater, place in table.raters.items()}


class _Table:
    """All ratings as sums over persons, which is all that any point of the grid needs."""

    def __init__(self, given: Sequence[Given], home: Mapping[int, int]) -> None:
        import numpy as np

        self.raters = {rater: place for place, rater in enumerate(sorted({each.rater for each in given}))}
        teams = {team: place for place, team in enumerate(sorted({home[each.person] for each in given}))}
        people = {person: place for place, person in enumerate(sorted({each.person for each in given}))}
        n, raters = len(given), len(self.raters)
        design = np.zeros((n, 1 + raters + len(teams)))
        rows, design[:, 0] = np.arange(n), 1
        design[rows, [1 + self.raters[each.rater] for each in given]] = 1
        design[rows, [1 + raters + teams[home[each.person]] for each in given]] = 1
        who = np.array([people[each.person] for each in given])
        y = np.array([each.value for each in given], dtype=np.float64)
        self.sizes = np.bincount(who).astype(np.float64)
        self.by_person, self.totals = np.zeros((len(people), design.shape[1])), np.bincount(who, weights=y)
        np.add.at(self.by_person, who, design)
        self.square, self.right, self.length = design.T @ design, design.T @ y, float(y @ y)

    def _equations(self, spreads: Spreads) -> tuple[Values, Values, Values]:
        """Return matrix and right side of the equations with persons absorbed, and the variance of each effect."""
        import numpy as np

        raters = len(self.raters)
        shares = spreads.person / (spreads.noise + self.sizes * spreads.person)
        matrix = (self.square - self.by_person.T @ (shares[:, None] * self.by_person)) / spreads.noise
        right = (self.right - self.by_person.T @ (shares * self.totals)) / spreads.noise
        kept = 1 + raters if spreads.team == 0 else len(right)
        before = np.array([spreads.severity] * raters + [spreads.team] * (kept - 1 - raters))
        matrix = matrix[:kept, :kept]
        matrix[np.arange(1, kept), np.arange(1, kept)] += 1 / before
        return matrix, right[:kept], before

    def find_likelihood(self, spreads: Spreads) -> float:
        """Return the logarithm of the restricted likelihood of the variances."""
        import numpy as np
        from scipy.linalg import solve_triangular

        matrix, right, before = self._equations(spreads)
        root = np.linalg.cholesky(matrix)
        half = solve_triangular(root, right, lower=True, check_finite=False)
        whole = spreads.noise + self.sizes * spreads.person
        left = (self.length - float(spreads.person / whole @ self.totals**2)) / spreads.noise - float(half @ half)
        sizes = float((self.sizes - 1).sum()) * log(spreads.noise) + float(np.log(whole).sum())
        return -0.5 * (sizes + float(np.log(before).sum()) + 2 * float(np.log(np.diag(root)).sum()) + left)

    def solve(self, spreads: Spreads) -> tuple[Values, Values]:
        """Return means and variances of the raters' effects."""
        import numpy as np

        matrix, right, _ = self._equations(spreads)
        inverse = np.linalg.inv(matrix)
        mine = slice(1, 1 + len(self.raters))
        return (inverse @ right)[mine], np.diag(inverse)[mine]
