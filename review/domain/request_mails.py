"""Mails to a giver about one request: how somebody from outside is told the same, and which one of several is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

OUTSIDE_TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        "notify_giver": "outside_asked",
        "answer_request": "outside_reminder",
        "feedback_reminder": "outside_reminder",
        "feedback_nudge": "outside_reminder",
        "feedback_moved": "outside_moved",
        "feedback_cancelled": "outside_cancelled",
    }
)
"""What is said to somebody from outside, who has a link in place of a sign-in."""

ASKS = frozenset({"notify_giver", "outside_asked"})
MOVES = frozenset({"feedback_moved", "outside_moved"})
REMINDERS = frozenset({"answer_request", "feedback_reminder", "feedback_nudge", "outside_reminder"})
"""What reminds of a request, whoever sends it: a timer, HR, or the manager."""
WHILE_WAITING = ASKS | MOVES | REMINDERS
"""Mails that are sent only while the request still waits for its giver."""


def choose_mail(templates: Sequence[str]) -> int:
    """Return the place of the one mail that is sent of several about one request, oldest first.

    Whoever has not been asked yet is asked; a new day says more than a reminder, which gives the day too; else the
    newest counts.
    """
    for kind in (ASKS, MOVES):
        places = [place for place, template in enumerate(templates) if template in kind]
        if places:
            return places[-1]
    return len(templates) - 1
