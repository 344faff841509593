"""Deadlines and timers, through holidays and both changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.schedule import Calendar, end_of_day, find_due, plan_timers
from review.domain.workflow_definition import Span, State

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("UTC", date(2026, 3, 29), "2026-03-29T23:59:59"),
        # The last day before, the day of, and the day after each change of the clock.
        ("Europe/Berlin", date(2026, 3, 28), "2026-03-28T22:59:59"),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29T21:59:59"),
        ("Europe/Berlin", date(2026, 10, 24), "2026-10-24T21:59:59"),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-25T22:59:59"),
        ("America/New_York", date(2026, 3, 7), "2026-03-08T04:59:59"),
        ("America/New_York", date(2026, 3, 8), "2026-03-09T03:59:59"),
        ("America/New_York", date(2026, 10, 31), "2026-11-01T03:59:59"),
        ("America/New_York", date(2026, 11, 1), "2026-11-02T04:59:59"),
        ("Australia/Lord_Howe", date(2026, 4, 4), "2026-04-04T12:59:59"),
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-05T13:29:59"),
        ("Australia/Lord_Howe", date(2026, 10, 3), "2026-10-03T13:29:59"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "2026-10-04T12:59:59"),
        ("Asia/Kolkata", date(2026, 6, 1), "2026-06-01T18:29:59"),
        ("Pacific/Kiritimati", date(2026, 6, 1), "2026-06-01T09:59:59"),
        # Santiago goes forward at midnight (0:00 does not exist) and back at midnight (23:xx comes twice).
        ("America/Santiago", date(2026, 9, 5), "2026-09-06T03:59:59"),
        ("America/Santiago", date(2026, 9, 6), "2026-09-07T02:59:59"),
        ("America/Santiago", date(2026, 4, 4), "2026-04-05T03:59:59"),
        ("America/Santiago", date(2026, 4, 5), "2026-04-06T03:59:59"),
    ],
)
def test_a_day_ends_in_the_zone_of_the_cycle(zone: str, day: date, utc: str) -> None:
    end = end_of_day(day, ZoneInfo(zone))
    assert end == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert end.tzinfo is UTC
    assert end.astimezone(ZoneInfo(zone)).date() == day
    assert (end + timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() == day + timedelta(days=1)


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata"]


@given(zone=st.sampled_from(ZONES), day=st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_one_second_after_the_end_is_the_next_day_in_any_zone(zone: str, day: date) -> None:
    calendar = Calendar(ZoneInfo(zone))
    end = calendar.end_of(day)
    assert calendar.day_of(end) == day
    assert calendar.day_of(end + timedelta(seconds=1)) == day + timedelta(days=1)


HOLIDAYS = frozenset({date(2026, 11, 18), date(2026, 12, 25)})


@pytest.mark.parametrize(
    ("day", "count", "result"),
    [
        (date(2026, 11, 16), 0, date(2026, 11, 16)),
        (date(2026, 11, 21), 0, date(2026, 11, 21)),
        (date(2026, 11, 16), 1, date(2026, 11, 17)),
        (date(2026, 11, 16), 2, date(2026, 11, 19)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 16), -1, date(2026, 11, 13)),
        (date(2026, 11, 19), -1, date(2026, 11, 17)),
        (date(2026, 12, 24), 1, date(2026, 12, 28)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(day: date, count: int, result: date) -> None:
    assert Calendar(BERLIN, HOLIDAYS).add_working_days(day, count) == result


CALENDAR = Calendar(BERLIN, HOLIDAYS, {"calibration_date": date(2026, 11, 25)})


@pytest.mark.parametrize(
    ("span", "day"),
    [
        (Span(days=0), date(2026, 11, 16)),
        (Span(days=10), date(2026, 11, 26)),
        (Span(working_days=5), date(2026, 11, 24)),
        (Span(days=0, before="calibration_date"), date(2026, 11, 25)),
        (Span(days=3, before="calibration_date"), date(2026, 11, 22)),
        (Span(working_days=5, before="calibration_date"), date(2026, 11, 17)),
        (Span(working_days=2, after="calibration_date"), date(2026, 11, 27)),
        (Span(days=1, after="calibration_date"), date(2026, 11, 26)),
    ],
)
def test_spans_end_with_a_day(span: Span, day: date) -> None:
    assert find_due(span, MONDAY, CALENDAR) == CALENDAR.end_of(day)


def test_a_span_from_a_date_the_cycle_lacks_has_no_end() -> None:
    assert find_due(Span(days=0, before="announcement_date"), MONDAY, CALENDAR) is None


def test_the_day_is_that_of_the_zone_not_of_utc() -> None:
    late = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)  # 0:30 on the 17th in Berlin
    assert find_due(Span(days=1), late, CALENDAR) == CALENDAR.end_of(date(2026, 11, 18))


STATE = State.model_validate(
    {
        "title": "Writing",
        "due": {"working_days": 5},
        "timers": [
            {"after": {"days": 2}, "notify": ["giver"], "template": "feedback_reminder",
             "every": {"days": 2}, "times": 3},
            {"since": "due", "after": {"working_days": 2}, "notify": ["manager"], "template": "escalate_feedback"},
            {"since": "due", "after": {"days": 14}, "fire": "expire"},
        ],
    }
)  # fmt: skip


def test_entering_a_state_sets_up_its_timers_with_their_repeats() -> None:
    planned = plan_timers(STATE, MONDAY, CALENDAR)
    assert [(each.what, each.number, CALENDAR.day_of(each.at)) for each in planned] == [
        ("0:notify:feedback_reminder", 1, date(2026, 11, 18)),
        ("0:notify:feedback_reminder", 2, date(2026, 11, 20)),
        ("0:notify:feedback_reminder", 3, date(2026, 11, 22)),
        ("1:notify:escalate_feedback", 1, date(2026, 11, 26)),
        ("2:fire:expire", 1, date(2026, 12, 8)),
    ]
    assert all(each.at == CALENDAR.end_of(CALENDAR.day_of(each.at)) for each in planned)
    assert planned[0].rule is STATE.timers[0]


def test_repeats_keep_their_hour_over_a_change_of_the_clock() -> None:
    state = State.model_validate(
        {
            "title": "Reading",
            "timers": [{"after": {"days": 1}, "notify": ["member"], "template": "please_read",
                        "every": {"days": 1}, "times": 3}],
        }
    )  # fmt: skip
    planned = plan_timers(state, datetime(2026, 10, 23, 9, 0, tzinfo=UTC), CALENDAR)
    assert [each.at.isoformat() for each in planned] == [
        "2026-10-24T21:59:59+00:00",
        "2026-10-25T22:59:59+00:00",
        "2026-10-26T22:59:59+00:00",
    ]


def test_timers_of_a_missing_deadline_are_not_set_up() -> None:
    state = STATE.model_copy(update={"due": Span(days=0, before="announcement_date")})
    planned = plan_timers(state, MONDAY, CALENDAR)
    assert {each.what for each in planned} == {"0:notify:feedback_reminder"}
