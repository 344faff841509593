"""When mail goes out: working mornings and quiet hours, in the reader's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.mail_times import MailHours
from review.domain.schedule import Calendar

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(
    zone: str = "UTC", *, quiet: tuple[int, int] | None = None, holidays: frozenset[date] = frozenset()
) -> MailHours:
    start, end = quiet or (None, None)
    return MailHours(Calendar(ZoneInfo(zone), holidays), start, end)


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-11-16T08:00:00", "2026-11-16T08:00:00"),
        ("2026-11-16T23:59:59", "2026-11-16T08:00:00"),
        ("2026-11-16T07:59:59", None),
        ("2026-11-14T12:00:00", None),
        ("2026-11-15T12:00:00", None),
        ("2026-11-19T12:00:00", None),
    ],
)
def test_the_morning_of_a_working_day(now: str, morning: str | None) -> None:
    found = hours(holidays=frozenset({date(2026, 11, 19)})).find_morning(at(now))
    assert found == (at(morning) if morning else None)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-13T23:59:59", None),
        ("2026-11-14T00:00:00", "2026-11-16T08:00:00"),
        ("2026-11-15T12:00:00", "2026-11-16T08:00:00"),
        ("2026-11-16T00:00:00", None),
        ("2026-11-19T12:00:00", "2026-11-20T08:00:00"),
    ],
)
def test_days_off_end_on_the_next_working_morning(now: str, end: str | None) -> None:
    found = hours(holidays=frozenset({date(2026, 11, 19)})).find_end_of_days_off(at(now))
    assert found == (at(end) if end else None)


def test_the_morning_is_the_readers() -> None:
    assert hours("America/New_York").find_morning(at("2026-11-16T14:00:00")) == at("2026-11-16T13:00:00")


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        ((20, 7), "2026-11-16T20:00:00", "2026-11-17T07:00:00"),
        ((20, 7), "2026-11-17T06:59:59", "2026-11-17T07:00:00"),
        ((20, 7), "2026-11-17T07:00:00", None),
        ((12, 14), "2026-11-16T13:00:00", "2026-11-16T14:00:00"),
        ((12, 14), "2026-11-16T14:00:00", None),
        ((9, 9), "2026-11-16T09:00:00", None),
        (None, "2026-11-16T03:00:00", None),
    ],
)
def test_quiet_hours(quiet: tuple[int, int] | None, now: str, end: str | None) -> None:
    assert hours(quiet=quiet).find_end_of_quiet(at(now)) == (at(end) if end else None)


def test_a_morning_in_quiet_hours_begins_when_they_end() -> None:
    late = hours(quiet=(20, 10))
    assert late.find_morning(at("2026-11-16T09:00:00")) is None
    assert late.find_morning(at("2026-11-16T11:00:00")) == at("2026-11-16T10:00:00")


@given(
    now=st.integers(0, 700 * 24 * 60).map(lambda minutes: at("2026-01-01T00:00:00") + timedelta(minutes=minutes)),
    zone=st.sampled_from(ZONES),
    start=st.integers(0, 23),
    end=st.integers(0, 23),
)
def test_quiet_hours_end_within_a_day_and_are_over_then(now: datetime, zone: str, start: int, end: int) -> None:
    own = hours(zone, quiet=(start, end))
    until = own.find_end_of_quiet(now)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert own.find_end_of_quiet(until) is None
    morning, day_of = own.find_morning(now), own.calendar.day_of
    assert morning is None or (morning <= now and day_of(morning) == day_of(now))
    assert morning is None or own.calendar.is_working_day(day_of(now))


def test_a_morning_put_off_to_a_day_off_is_left_out() -> None:
    own = hours(quiet=(1, 0))  # mail comes in the first hour of a day alone
    assert own.find_morning(at("2026-01-09T00:30")) == at("2026-01-09T00:00")
    assert own.find_morning(at("2026-01-10T00:30")) is None
    assert own.find_morning(at("2026-01-12T00:30")) is None
    assert own.find_morning(at("2026-01-13T00:30")) == at("2026-01-13T00:00")
