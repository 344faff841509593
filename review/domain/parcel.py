"""How far a request has come, step by step with its day; never a time, and never whether the answer is in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from review.domain.feedback_request import SAID_YES
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass

OPENED = "open"
APPROVED = ("approve", "approve_by_silence")
YES = ("accept", "reconsider", "submit")
"""Who sends at once has said yes with it: the day of the first of them is the day of the yes."""
TRACKED = (OPENED, *APPROVED, *YES)


@dataclass(frozen=True)
class ParcelStep:
    """One step of a request: the day it was reached, None while it is still to come."""

    words: Text
    on_day: date | None


def track_request(
    events: Sequence[tuple[str, date]], *, state: str, phase: Phase, was_proposed: bool
) -> tuple[ParcelStep, ...]:
    """Return the steps proposed, approved, asked and accepted of a request; what ended otherwise shows no more to come.

    Once the packet is sealed the yes is left out: without it nobody can tell who had written from who had not.

    Args:
        events: (action, day) in order, of the actions in TRACKED.
        was_proposed: whether somebody else had to approve; who asks at once begins with the asking.
    """
    days: dict[str, date] = {}
    for action, day in events:
        days.setdefault(action, day)
    if OPENED not in days:
        return ()
    asked_on = next((days[action] for action in APPROVED if action in days), None)
    is_silent = "approve" not in days and "approve_by_silence" in days
    steps = []
    if was_proposed:
        approved = text("Approved by silence") if is_silent else text("Approved")
        steps = [ParcelStep(text("Proposed"), days[OPENED]), ParcelStep(approved, asked_on)]
    steps.append(ParcelStep(text("Asked"), asked_on))
    if phase is Phase.COLLECTING:
        yes_on = next((day for action, day in events if action in YES), None)
        steps.append(ParcelStep(text("Said yes"), yes_on if state in SAID_YES else None))
    is_open = phase is Phase.COLLECTING and state in ("proposed", "asked", *SAID_YES)
    return tuple(step for step in steps if is_open or step.on_day is not None)
