"""Following up requests for feedback: what HR sees of each, and what of remind, extend and replace is possible now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from review.domain.phase import Phase
from review.domain.text import Text, text

WAITING = frozenset({"asked", "writing"})
"""States in which a giver is waited for."""
REPLACEABLE = frozenset({"declined", "expired", "cancelled"})
STATE_WORDS: Mapping[str, Text] = {
    "proposed": text("Proposed"),
    "asked": text("Asked"),
    "writing": text("Said yes"),
    "submitted": text("Sent"),
    "frozen": text("In the sealed packet"),
    "declined": text("Declined"),
    "rejected": text("Not asked"),
    "expired": text("Expired"),
    "cancelled": text("Taken back"),
}
"""The states as HR sees them, who may know who has sent."""


class Step(StrEnum):
    """What can be done about a request that waits."""

    REMIND = "remind"
    EXTEND = "extend"
    REPLACE = "replace"


def find_obstacle_to_reminder(state: str, phase: Phase, *, is_reminded_today: bool) -> Text | None:
    """Return why a giver is not reminded now; None when they are."""
    if phase is not Phase.COLLECTING:
        return text("The packet is sealed or the case has ended")
    if state not in WAITING:
        return text("Nobody is waited for")
    return text("Reminded today already") if is_reminded_today else None


def find_obstacle_to_extension(
    state: str, phase: Phase, until: date | None, *, due_on: date | None, today: date, last_on: date | None
) -> Text | None:
    """Return why a request does not get this new date; None when it does.

    Args:
        last_on: the cycle's last day for feedback.
    """
    if phase is not Phase.COLLECTING:
        return text("The packet is sealed or the case has ended")
    if state not in WAITING:
        return text("Nobody is waited for")
    if until is None:
        return text("Choose a day")
    if until < today or (due_on is not None and until <= due_on):
        return text("The new day must be later than the one it has, and not past")
    if last_on is not None and until > last_on:
        return text("Feedback in this cycle ends on %(day)s", day=last_on)
    return None


def find_obstacle_to_replacement(state: str, phase: Phase, *, has_substitute: bool) -> Text | None:
    """Return why nobody is asked in a giver's place by itself; None when the one they named is."""
    if phase is not Phase.COLLECTING:
        return text("The packet is sealed or the case has ended")
    if state not in REPLACEABLE:
        return text("Still asked; take the request back on the case’s list first")
    return None if has_substitute else text("Nobody was named in their place; choose somebody on the case’s list")
