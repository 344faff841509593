"""Givers from outside the company: what an invitation must hold, and until when its link opens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from review.domain.errors import Fault, ReviewError
from review.domain.text import text
from review.domain.values import dataclass

OUTSIDE = "Outside"
"""The function that somebody from outside counts under in coverage."""

GRACE = timedelta(days=14)
"""How long after a request's due date its link still opens; the workflows let a request expire at the same time."""

MOST_OUTSIDE = 5
"""How many people from outside one case may ask: each of them gets mail from the company."""

LONGEST = {"name": 120, "email": 200, "organisation": 120, "worked_together": 300}
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\.]+(\.[^@\s<>,;:\"()\[\]\\.]+)+")


class TooOften(ReviewError):
    """A link was used more often than anybody writes."""


@dataclass(frozen=True)
class Outsider:
    """Somebody from outside to ask; every line is clean, the e-mail in lower case."""

    name: str
    email: str
    organisation: str
    worked_together: str


def find_faults(outsider: Outsider) -> tuple[Fault, ...]:
    """Say what an invitation lacks or has too much of."""
    faults = []
    for field, most in LONGEST.items():
        value = getattr(outsider, field)
        if not value:
            faults.append(Fault(text("Please fill this in"), field=field))
        elif len(value) > most:
            what = text("This has %(have)s characters; at most %(most)s fit", have=len(value), most=most)
            faults.append(Fault(what, field=field))
        elif field == "email" and not (value.isascii() and _ADDRESS.fullmatch(value)):
            faults.append(Fault(text("This is no e-mail address"), text("name@organisation.example"), field=field))
    return tuple(faults)


def find_end(due_at: datetime | None, created_at: datetime) -> datetime:
    """Return until when a link opens: the request's due date, or without one the day of the mail, and the grace."""
    return (due_at or created_at) + GRACE
