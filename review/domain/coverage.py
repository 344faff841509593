"""Who saw the work: which functions the people asked for feedback cover, and how evenly they are heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log

from review.domain.values import dataclass

LEAST_GIVERS = 4
"""Below this number of givers the balance is withheld: it would describe persons, not a spread."""


@dataclass(frozen=True)
class FunctionCover:
    """One function, and the people who cover it by name."""

    function: str
    is_required: bool
    people: tuple[str, ...]

    @property
    def is_covered(self) -> bool:
        """Tell whether somebody covers it."""
        return bool(self.people)


@dataclass(frozen=True)
class Coverage:
    """Every function in question: the required ones in the cycle's order, then the others by name."""

    functions: tuple[FunctionCover, ...]

    @property
    def required(self) -> tuple[FunctionCover, ...]:
        """Return the functions that the cycle requires."""
        return tuple(each for each in self.functions if each.is_required)

    @property
    def covered(self) -> int:
        """Return how many of the required functions somebody covers."""
        return sum(each.is_covered for each in self.required)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the required functions that nobody covers, by name."""
        return tuple(each.function for each in self.required if not each.is_covered)


def plan_coverage(required: Sequence[str], people: Iterable[tuple[str, str]]) -> Coverage:
    """Work out which functions are covered by people given as (function, name)."""
    by_function: dict[str, list[str]] = {function: [] for function in dict.fromkeys(required)}
    others: dict[str, list[str]] = {}
    for function, name in people:
        (by_function if function in by_function else others).setdefault(function, []).append(name)
    return Coverage(
        (
            *(FunctionCover(name, True, tuple(found)) for name, found in by_function.items()),
            *(FunctionCover(name, False, tuple(others[name])) for name in sorted(others) if name),
        )
    )


def measure_balance(heard: Sequence[int]) -> float | None:
    """Return how evenly answers come from the required functions: 1 evenly, 0 all from one; None where withheld.

    Shannon entropy of the shares over the logarithm of the number of required functions.

    Args:
        heard: how many answers came from each required function, zeros included.
    """
    total = sum(heard)
    if total < LEAST_GIVERS or len(heard) < 2:
        return None
    shares = [count / total for count in heard if count]
    return abs(sum(share * log(share) for share in shares)) / log(len(heard))


def count_in_batches(answers: int, floor: int) -> int | None:
    """Return how many answers may be told of: whole batches alone, so that no two looks differ by one answer.

    None below the first batch.
    """
    return answers // floor * floor or None
