"""When things happen in the demo: working moments in the cycle's zone, always in the past of the demo's today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from review.demo.company import Day, place_day
from review.demo.content import Milestone

MORNING = time(8, 30)
EVENING = time(18, 0)
STEP = timedelta(minutes=25)
"""Between two milestones that fall on one day; all of them fit between morning and evening."""
OPENS_AT, WORKS_FOR = 8, 10


class Moments:
    """Turns days of the content, counted from the demo's today, into moments."""

    def __init__(self, today: date, zone: str) -> None:
        self.today = today
        self.zone = ZoneInfo(zone)

    def on(self, day: Day, at: time = MORNING) -> datetime:
        """Return the moment of a time on a day; weekends are worked around as `place_day` does."""
        return datetime.combine(place_day(self.today, day), at, self.zone).astimezone(UTC)

    def of(self, days: Mapping[Milestone, Day], milestone: Milestone) -> datetime:
        """Return the moment of a milestone; those of one day come in the order in which they can happen."""
        return self.on(days[milestone]) + STEP * list(Milestone).index(milestone)

    def spread(self, start: datetime, end: datetime, count: int) -> Iterator[datetime]:
        """Give working moments between two others, in order and evenly apart as far as nights and weekends allow."""
        minute, last = timedelta(minutes=1), start
        for place in range(1, count + 1):
            wished = self._at_work(start + (end - start) * place / (count + 1))
            last = min(max(wished, last + minute), end - minute * (count + 1 - place))
            yield last

    def _at_work(self, moment: datetime) -> datetime:
        local = moment.astimezone(self.zone)
        if local.weekday() >= 5:
            friday = local.date() - timedelta(days=local.weekday() - 4)
            return datetime.combine(friday, EVENING, self.zone).astimezone(UTC)
        share = (local.hour * 60 + local.minute) / (24 * 60)
        morning = datetime.combine(local.date(), time(OPENS_AT), self.zone)
        return (morning + timedelta(hours=WORKS_FOR) * share).astimezone(UTC)
