"""A committee's session as it is led: which place a case has, and the time box of the case that is on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from review.domain.values import dataclass


@dataclass(frozen=True)
class TimeBox:
    """How long a case has been on, pauses left out, beside the minutes meant for it; nothing happens when they end."""

    seconds: int
    minutes: int
    is_paused: bool

    @property
    def is_over(self) -> bool:
        """Tell whether the minutes meant for the case are used up."""
        return self.seconds >= 60 * self.minutes

    @property
    def words(self) -> str:
        """Return minutes and seconds, as a clock shows them."""
        return f"{self.seconds // 60}:{self.seconds % 60:02d}"


def read_time_box(
    since_at: datetime, paused_at: datetime | None, paused_seconds: int, *, minutes: int, now: datetime
) -> TimeBox:
    """Return the time box of a case that came on at a moment; while it is paused the clock stands."""
    seconds = int(((paused_at or now) - since_at).total_seconds()) - paused_seconds
    return TimeBox(max(seconds, 0), minutes, paused_at is not None)


@dataclass(frozen=True)
class Place:
    """The place of a case among the cases that one member counts, and the case after it."""

    number: int
    total: int
    next_id: int | None


def find_place(case_id: int, done: Sequence[int], order: Sequence[int]) -> Place:
    """Return the place of a case: decided cases count before the agenda, one that has just been decided as the last.

    The next case is the one after it on the agenda, or the first one of it.
    """
    total = len(done) + len(order)
    if case_id not in order:
        return Place(len(done), total, order[0] if order else None)
    index = order.index(case_id)
    after = [*order[index + 1 :], *order[:index]]
    return Place(len(done) + index + 1, total, after[0] if after else None)
