"""How often one link may change something: more than anybody writes, less than a script would."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from review.domain.outside import TooOften
from review.models import InviteLink

WINDOW = timedelta(minutes=1)
MOST_WRITES = 60
"""A form that saves itself asks every five seconds at the most: twelve a minute, in a few tabs."""


def count_write(session: Session, link_id: int, *, now: datetime) -> None:
    """Count one change by a link, under the case's lock; raise TooOften for one too many within a minute."""
    link = session.get_one(InviteLink, link_id, populate_existing=True)
    if link.counted_from is None or now - link.counted_from >= WINDOW:
        link.counted_from, link.writes = now, 0
    if link.writes >= MOST_WRITES:
        raise TooOften
    link.writes += 1
