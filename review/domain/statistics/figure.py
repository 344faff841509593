"""A figure as a page shows it: a number with its n and interval, or nothing and the reason; in plain words."""

from __future__ import annotations

from enum import StrEnum

from review.domain.text import Text, text
from review.domain.values import dataclass

FEWEST_UNITS = 10
"""Below this number of units a coefficient is not told."""
FEWEST_FOR_WORDS = 30
"""Below this number of units no adjective goes with it, and its interval is a jackknife's."""
SMALLEST_GROUP = 5
"""A group of fewer is never shown."""

NOT_MEASURABLE = text("It cannot be measured: there is no variation")


class Kind(StrEnum):
    """How a number is written: to two decimals, as a share of a hundred, as days, or whole."""

    NUMBER = "number"
    SHARE = "share"
    DAYS = "days"
    COUNT = "count"
    CHANGE = "change"
    CHANCE = "chance"


@dataclass(frozen=True)
class Interval:
    """From where to where the truth lies in 95 of 100 such cycles."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A number from so many units, with its interval where one can be told; `withheld` says why there is no number.

    `n` is None where not even that is told.
    """

    n: int | None
    value: float | None = None
    interval: Interval | None = None
    withheld: Text | None = None


@dataclass(frozen=True)
class Figure:
    """An estimate with its name, what its n counts, and one sentence that says what it means."""

    name: Text
    sentence: Text
    estimate: Estimate
    kind: Kind
    units: Text
    word: Text | None = None


def withhold(n: int, reason: Text) -> Estimate:
    """Return an estimate that is not told."""
    return Estimate(n, withheld=reason)


def shown_from(least: int) -> Text:
    """Say from which size on a group is shown; how large it is is not said."""
    return text("Shown from %(least)s on", least=least)


def keep_to_floor(estimate: Estimate, least: int) -> Estimate:
    """Return an estimate, or nothing of it where it is of fewer than a group may have."""
    if estimate.n is not None and estimate.n >= least:
        return estimate
    return Estimate(None, withheld=shown_from(least))


def too_few(n: int, need: int = FEWEST_UNITS) -> Text:
    """Say how many there are and how many are needed."""
    return text("%(have)s are here; it is told from %(need)s on", have=n, need=need)


def write_number(value: float, kind: Kind) -> str:
    """Write a number the same way on pages, in tables and in print."""
    match kind:
        case Kind.SHARE:
            return f"{value * 100:.0f}\u00a0%"
        case Kind.DAYS:
            return f"{value:.1f}"
        case Kind.COUNT:
            return f"{value:.0f}"
        case Kind.CHANGE:
            return _with_sign(value)
        case Kind.CHANCE:
            return "< 0.001" if value < 0.001 else f"{value:.3f}"
        case Kind.NUMBER:
            return _without_minus_zero(f"{value:.2f}")


def write_interval(interval: Interval, kind: Kind) -> Text:
    """Write an interval."""
    return text("%(low)s to %(high)s", low=write_number(interval.low, kind), high=write_number(interval.high, kind))


def _with_sign(value: float) -> str:
    written = _without_minus_zero(f"{value:.2f}")
    return written if written.startswith("-") or float(written) == 0 else f"+{written}"


def _without_minus_zero(written: str) -> str:
    return "0.00" if written == "-0.00" else written
