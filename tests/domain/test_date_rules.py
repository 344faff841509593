"""Days by rule: counted from each other over weekends and holidays, and what is told of rules that lead nowhere."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from review.domain.date_rules import OPENING, DateRule, find_contradictions, parse_rule, propose, read_rules, work_out
from review.domain.schedule import Calendar
from review.domain.working_days import holidays_of

GERMANY = Calendar(ZoneInfo("UTC"), holidays_of("DE", 2026))


def told(rules: dict[str, DateRule]) -> tuple[dict[str, str], list[tuple[str | None, str, str]]]:
    days, faults = work_out(rules, GERMANY)
    return (
        {name: day.isoformat() for name, day in days.items()},
        [(fault.field, str(fault.what), str(fault.expected)) for fault in faults],
    )


def test_each_way_of_counting() -> None:
    """The first of January and the weekend are no working days."""
    rules = {
        OPENING: DateRule(day=date(2026, 12, 30)),
        "a": DateRule("days_after", 3, OPENING),
        "b": DateRule("working_days_after", 3, OPENING),
        "c": DateRule("weeks_after", 2, "b"),
        "d": DateRule("days_before", 1, "a"),
        "e": DateRule("working_days_before", 1, "b"),
        "f": DateRule("weeks_before", 1, OPENING),
    }
    assert told(rules) == (
        {
            "opening": "2026-12-30",
            "a": "2027-01-02",
            "b": "2027-01-05",
            "c": "2027-01-19",
            "d": "2027-01-01",
            "e": "2027-01-04",
            "f": "2026-12-23",
        },
        [],
    )


def test_rules_that_lead_nowhere_are_told_with_their_place() -> None:
    rules = {
        "a": DateRule("weeks_after", 1, "b"),
        "b": DateRule("weeks_after", 1, "a"),
        "c": DateRule(),
        "d": DateRule("weeks_after", 1, "c"),
        "e": DateRule("weeks_after", 1, "nothing"),
        "f": DateRule("moons_after", 1, "c"),
        "g": DateRule("weeks_after", 401, "c"),
    }
    number = "a whole number from 0 to 400"
    assert told(rules) == (
        {},
        [
            ("a", "“a” hangs on itself", "a fixed day, or a rule from another date"),
            ("b", "“a”, from which it is counted, has no day", "a rule that leads to a day"),
            ("c", "This date is missing", "a day"),
            ("d", "“c”, from which it is counted, has no day", "a rule that leads to a day"),
            ("e", "The cycle has no date to count from", "one of the other dates"),
            ("f", "No such rule", number),
            ("g", "No such rule", number),
        ],
    )


def test_a_day_after_the_last_year_is_none() -> None:
    rules = {OPENING: DateRule(day=date(9999, 12, 30)), "a": DateRule("weeks_after", 1, OPENING)}
    assert told(rules)[1] == [("a", "“Opening”, from which it is counted, has no day", "a rule that leads to a day")]


def test_contradictions_say_where_and_what_would_do() -> None:
    days = {
        OPENING: date(2027, 2, 1),
        "nomination_deadline": date(2027, 1, 29),
        "packet_deadline": date(2027, 3, 1),
        "feedback_deadline": date(2027, 2, 26),
    }
    assert [(each.field, str(each.what), str(each.expected)) for each in find_contradictions(days)] == [
        ("nomination_deadline", "“Nominations until” lies before “Opening”", "2027-02-01 or later"),
        ("feedback_deadline", "“Feedback until” lies before “Self-review until”", "2027-03-01 or later"),
    ]


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("2027-01-11", DateRule(day=date(2027, 1, 11))),
        ("3 weeks before calibration_date", DateRule("weeks_before", 3, "calibration_date")),
        ("10 working days  after Opening", DateRule("working_days_after", 10, "opening")),
        ("1 day after opening", DateRule("days_after", 1, "opening")),
        ("3 moons before opening", None),
        ("soon", None),
    ],
)
def test_a_written_rule(written: str, rule: DateRule | None) -> None:
    assert parse_rule(written) == rule


def test_what_is_proposed_is_sound_and_kept_as_it_is() -> None:
    rules = propose(date(2027, 3, 1))
    days, faults = work_out(rules, GERMANY)
    assert (faults, find_contradictions(days)) == ((), ())
    assert read_rules({name: rule.to_data() for name, rule in rules.items()}) == rules
