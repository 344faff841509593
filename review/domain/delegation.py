"""Acting for somebody else in a dated window: what a window may be, and on whose behalf an act is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from review.domain.access import LENDABLE, Actor, Role
from review.domain.errors import Fault
from review.domain.text import Text, text
from review.domain.values import dataclass

LONGEST = timedelta(days=366)
REASON_LENGTH = 300


class WindowState(StrEnum):
    """Where a window stands on a day."""

    LATER = "later"
    OPEN = "open"
    OVER = "over"
    ENDED = "ended"


@dataclass(frozen=True)
class Window:
    """One person acts for another from one day to another, both included, unless ended before."""

    person_id: int
    delegate_id: int
    from_on: date
    until_on: date
    ended_at: datetime | None = None

    def state(self, today: date) -> WindowState:
        """Say where the window stands."""
        if self.ended_at is not None:
            return WindowState.ENDED
        if today < self.from_on:
            return WindowState.LATER
        return WindowState.OPEN if today <= self.until_on else WindowState.OVER

    def overlaps(self, other: Window) -> bool:
        """Tell whether both lend to the same person on some day."""
        is_same_pair = (self.person_id, self.delegate_id) == (other.person_id, other.delegate_id)
        return is_same_pair and self.from_on <= other.until_on and other.from_on <= self.until_on


def find_window_faults(window: Window, others: Iterable[Window], today: date) -> list[Fault]:
    """Find what is wrong with a new window, all at once; `others` are the person's windows so far."""
    faults: list[Fault] = []
    if window.person_id == window.delegate_id:
        faults.append(_fault("delegate", text("You cannot act for yourself"), text("somebody else")))
    if window.until_on < window.from_on:
        faults.append(_fault("until_on", text("The last day is before the first"), text("a later day")))
    elif window.until_on < today:
        faults.append(_fault("until_on", text("The last day has passed"), text("today or a later day")))
    if window.until_on - window.from_on > LONGEST:
        faults.append(_fault("until_on", text("The window is longer than a year"), text("at most 366 days")))
    if any(window.overlaps(other) for other in others if other.ended_at is None):
        what = text("This person acts for you on some of these days already")
        faults.append(_fault("from_on", what, text("days that do not overlap, or end the other one first")))
    return faults


def acting_as(actor: Actor, *roles: Role) -> Actor | None:
    """Give the actor who holds one of the roles: in person, else on behalf of somebody who lent it, else None.

    Nobody holds a role that cannot be lent for somebody else; with several lenders the first by number counts.
    """
    if not actor.is_active:
        return None
    if actor.is_system or any(actor.has(role) for role in roles):
        return actor
    for lender, granted in sorted(actor.delegators.items()):
        if any(role in LENDABLE and role in granted for role in roles):
            return replace(actor, on_behalf_of=lender)
    return None


def _fault(field: str, what: Text, expected: Text) -> Fault:
    return Fault(what, expected, field=field)
