"""Which answers are read together by who reads without names: a set, and never two sets that differ by a few."""

from __future__ import annotations

from collections.abc import Collection

from review.domain.values import dataclass


@dataclass(frozen=True)
class Given:
    """One request of a case: whether its answer is in, and since which set it is shown, None for never."""

    id: int
    is_in: bool
    shown_in: int | None = None


def read_set(given: Collection[Given]) -> frozenset[int]:
    """Return the answers that are read without names now.

    It is the set that was last shown, as a whole: while one of it is taken back nothing is read, for a set without it
    would tell which one it was.
    """
    shown = [each for each in given if each.shown_in is not None]
    return frozenset(each.id for each in shown) if all(each.is_in for each in shown) else frozenset()


def find_next_set(given: Collection[Given], floor: int) -> frozenset[int] | None:
    """Return the set to be shown from now on, None where the last one stays.

    A set has at least as many answers as the floor, and differs from the last one by at least as many: what came in
    after the last one was shown waits for others, and so does what replaces an answer that was taken back.
    """
    shown = {each.id for each in given if each.shown_in is not None}
    now = {each.id for each in given if each.is_in}
    return frozenset(now) if len(now) >= floor and len(now ^ shown) >= floor else None
