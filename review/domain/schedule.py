"""When something is due: spans of days and working days, the dates of a cycle, and the timers of a state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from review.domain.values import dataclass
from review.domain.workflow_definition import Span, State, TimerRule

SATURDAY = 5
LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True)
class Calendar:
    """The time of one cycle: its zone, the days on which nobody works, and its named dates."""

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()
    dates: Mapping[str, date] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """Tell whether people work on a day."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def add_working_days(self, day: date, count: int) -> date:
        """Return the day that many working days later, or earlier where the count is negative; 0 is the day itself."""
        one = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += one
            left -= self.is_working_day(day)
        return day

    def day_of(self, moment: datetime) -> date:
        """Return the day a moment falls on in the cycle's zone."""
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """Return the last second of a day in the cycle's zone, as UTC.

        Where the clock is set back over midnight, that second comes twice; the later one counts.
        """
        return datetime.combine(day, LAST_SECOND, self.zone).replace(fold=1).astimezone(UTC)


@dataclass(frozen=True)
class PlannedTimer:
    """One firing of a timer: `what` names the timer within its state, `number` counts its repeats from 1."""

    what: str
    number: int
    at: datetime
    rule: TimerRule


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the last second of a day in a zone, as UTC."""
    return Calendar(zone).end_of(day)


def find_due(span: Span, since: datetime, calendar: Calendar) -> datetime | None:
    """Return when a span ends: the end of a day in the cycle's zone, as UTC.

    Args:
        since: where the span starts, unless it is before or after a date of the cycle.

    Returns None where the cycle has no day for that date.
    """
    if span.date is None:
        return calendar.end_of(_shift(span, calendar.day_of(since), calendar, 1))
    day = calendar.dates.get(span.date)
    return None if day is None else calendar.end_of(_shift(span, day, calendar, -1 if span.before else 1))


def _shift(span: Span, day: date, calendar: Calendar, direction: int) -> date:
    if span.days is not None:
        return day + timedelta(days=span.days) * direction
    return calendar.add_working_days(day, (span.working_days or 0) * direction)


def plan_timers(
    state: State, entered_at: datetime, calendar: Calendar, *, due_at: datetime | None = None
) -> tuple[PlannedTimer, ...]:
    """Return every firing that entering a state sets up, repeats included, in order of time.

    A timer that counts from a due date which the cycle does not have sets up nothing.

    Args:
        due_at: when somebody has set another due date than the state's own.
    """
    if due_at is None:
        due_at = find_due(state.due, entered_at, calendar) if state.due else None
    planned: list[PlannedTimer] = []
    for place, rule in enumerate(state.timers):
        since = due_at if rule.since == "due" else entered_at
        if since is not None:
            planned += _firings(name_timer(place, rule), rule, since, calendar)
    return tuple(sorted(planned, key=lambda each: (each.at, each.what, each.number)))


def name_timer(place: int, rule: TimerRule) -> str:
    """Return the name of a timer in its state, from its place in the list and what it does."""
    return f"{place}:fire:{rule.fire}" if rule.fire else f"{place}:notify:{rule.template}"


def _firings(what: str, rule: TimerRule, since: datetime, calendar: Calendar) -> Iterator[PlannedTimer]:
    day = _shift(rule.after, calendar.day_of(since), calendar, 1)
    for number in range(1, rule.times + 1):
        yield PlannedTimer(what, number, calendar.end_of(day), rule)
        if rule.every is not None:
            day = _shift(rule.every, day, calendar, 1)
