"""The named days of a cycle: their order, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from review.domain.errors import Fault
from review.domain.text import Text, text

DATE_NAMES: Mapping[str, Text] = {
    "nomination_deadline": text("Nominations until"),
    "packet_deadline": text("Self-review until"),
    "feedback_deadline": text("Feedback until"),
    "calibration_date": text("Committees meet"),
    "announcement_date": text("Answers go out"),
    "effective_date": text("New levels count from"),
}
"""In the order in which they come; a workflow may know others, which may lie anywhere."""


def find_disorder(dates: Mapping[str, date]) -> list[Fault]:
    """Return a fault for each date that lies before the one it has to follow, with its name as the field."""
    in_order = [(name, dates[name]) for name in DATE_NAMES if name in dates]
    return [
        Fault(
            text("“%(later)s” lies before “%(earlier)s”", later=DATE_NAMES[later], earlier=DATE_NAMES[earlier]),
            text("%(day)s or later", day=first),
            field=later,
        )
        for (earlier, first), (later, second) in pairwise(in_order)
        if second < first
    ]
