"""The days of a cycle by rule: "3 weeks before the committees meet", "10 working days after opening"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, timedelta
from types import MappingProxyType

from review.domain.cycle_dates import DATE_NAMES, find_disorder
from review.domain.errors import Fault
from review.domain.schedule import Calendar
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

OPENING = "opening"
"""The day on which the cycle is to open: rules may hang on it, deadlines do not."""
NAMES: Mapping[str, Text] = MappingProxyType({OPENING: text("Opening"), **DATE_NAMES})
FIXED = "fixed"
MOST = 400

Plurals = Callable[[int, Text], Text]


@dataclass(frozen=True)
class Way:
    """One way from a day to another: so many days, weeks or working days, before it or after it."""

    title: Text
    say: Plurals
    days: int = 0
    working_days: int = 0

    def go(self, day: date, count: int, calendar: Calendar) -> date:
        """Return the day that lies so far from another."""
        if self.working_days:
            return calendar.add_working_days(day, count * self.working_days)
        return day + timedelta(days=count * self.days)


def _say(one: str, many: str) -> Plurals:
    return lambda count, other: plural(one, many, count, other=other)


DAYS_AFTER = "days_after"
WAYS: Mapping[str, Way] = MappingProxyType(
    {
        DAYS_AFTER: Way(
            text("days after"), _say("%(count)s day after: %(other)s", "%(count)s days after: %(other)s"), 1
        ),
        "working_days_after": Way(
            text("working days after"),
            _say("%(count)s working day after: %(other)s", "%(count)s working days after: %(other)s"),
            working_days=1,
        ),
        "weeks_after": Way(
            text("weeks after"), _say("%(count)s week after: %(other)s", "%(count)s weeks after: %(other)s"), 7
        ),
        "days_before": Way(
            text("days before"), _say("%(count)s day before: %(other)s", "%(count)s days before: %(other)s"), -1
        ),
        "working_days_before": Way(
            text("working days before"),
            _say("%(count)s working day before: %(other)s", "%(count)s working days before: %(other)s"),
            working_days=-1,
        ),
        "weeks_before": Way(
            text("weeks before"), _say("%(count)s week before: %(other)s", "%(count)s weeks before: %(other)s"), -7
        ),
    }
)
"""In the order in which they are offered, after the fixed day."""

WRITTEN = re.compile(r"(?P<count>\d{1,3}) (?P<way>(?:working )?days?|weeks?) (?P<side>before|after) (?P<other>[a-z_]+)")


@dataclass(frozen=True)
class DateRule:
    """How a day comes about: fixed, on a day; or so many days, weeks or working days from another one."""

    way: str = FIXED
    count: int = 0
    other: str = ""
    day: date | None = None

    @property
    def words(self) -> Text:
        """Return the rule as people read it."""
        if self.way == FIXED:
            return text("On a fixed day")
        return WAYS[self.way].say(self.count, NAMES.get(self.other, text("%(name)s", name=self.other)))

    def to_data(self) -> dict[str, object]:
        """Return the rule as a cycle keeps it."""
        if self.way == FIXED:
            return {"day": self.day.isoformat() if self.day else None}
        return {"way": self.way, "count": self.count, "other": self.other}


Rules = Mapping[str, DateRule]

PROPOSED: Rules = MappingProxyType(
    {
        "nomination_deadline": DateRule("working_days_after", 10, OPENING),
        "packet_deadline": DateRule("weeks_after", 3, "nomination_deadline"),
        "feedback_deadline": DateRule("weeks_after", 2, "packet_deadline"),
        "calibration_date": DateRule("weeks_after", 3, "feedback_deadline"),
        "announcement_date": DateRule("working_days_after", 8, "calibration_date"),
        "effective_date": DateRule("weeks_after", 2, "announcement_date"),
    }
)
"""What a new cycle begins with; only the opening is a fixed day."""


def propose(opening: date) -> dict[str, DateRule]:
    """Return the rules that a new cycle begins with, for an opening on a day."""
    return {OPENING: DateRule(day=opening), **PROPOSED}


def fix(days: Mapping[str, date]) -> dict[str, DateRule]:
    """Return rules that say the days themselves."""
    return {name: DateRule(day=day) for name, day in days.items()}


def read_rules(data: Mapping[str, Mapping[str, object]]) -> dict[str, DateRule]:
    """Return the rules that a cycle keeps."""
    return {name: _read(kept) for name, kept in data.items()}


def _read(kept: Mapping[str, object]) -> DateRule:
    if "way" in kept:
        return DateRule(str(kept["way"]), int(str(kept["count"])), str(kept["other"]))
    return DateRule(day=date.fromisoformat(str(kept["day"])) if kept.get("day") else None)


def parse_rule(written: str) -> DateRule | None:
    """Read a day, 2026-11-20, or a rule, "3 weeks before calibration_date"; return None for anything else."""
    words = " ".join(written.split()).lower()
    found = WRITTEN.fullmatch(words)
    if found:
        unit = found["way"].rstrip("s").replace("day", "days").replace("week", "weeks").replace(" ", "_")
        return DateRule(f"{unit}_{found['side']}", int(found["count"]), found["other"])
    try:
        return DateRule(day=date.fromisoformat(words))
    except ValueError:
        return None


def work_out(rules: Rules, calendar: Calendar) -> tuple[dict[str, date], tuple[Fault, ...]]:
    """Return each day that the rules lead to, and a fault with its field for each that they do not lead to.

    Args:
        calendar: whose working days count.
    """
    reckoning = _Reckoning(rules, calendar)
    for name in rules:
        reckoning.find(name)
    return reckoning.days, tuple(reckoning.faults.values())


def find_contradictions(days: Mapping[str, date]) -> tuple[Fault, ...]:
    """Return a fault for each day that lies before one it has to follow, the opening included, with what would do."""
    faults = find_disorder({name: day for name, day in days.items() if name != OPENING})
    first = next((name for name in DATE_NAMES if name in days), None)
    opening = days.get(OPENING)
    if first and opening and days[first] < opening:
        what = text("“%(later)s” lies before “%(earlier)s”", later=NAMES[first], earlier=NAMES[OPENING])
        faults.insert(0, Fault(what, text("%(day)s or later", day=opening), field=first))
    return tuple(faults)


@dataclass(slots=True)
class _Reckoning:
    """The days found so far, and what keeps the others from being found."""

    rules: Rules
    calendar: Calendar
    days: dict[str, date] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)

    def find(self, name: str, behind: tuple[str, ...] = ()) -> date | None:
        """Work out one day and those that it hangs on; those behind wait for it."""
        if name not in self.days and name not in self.faults:
            fault = self._find_fault(name, behind)
            if fault is None:
                fault = self._reckon(name, behind)
            if fault is not None:
                self.faults[name] = fault
        return self.days.get(name)

    def _find_fault(self, name: str, behind: tuple[str, ...]) -> Fault | None:
        rule = self.rules[name]
        if name in behind:
            what = text("“%(name)s” hangs on itself", name=NAMES.get(name, name))
            return Fault(what, text("a fixed day, or a rule from another date"), field=name)
        if rule.way == FIXED:
            return None if rule.day else Fault(text("This date is missing"), text("a day"), field=name)
        if rule.way not in WAYS or not 0 <= rule.count <= MOST:
            return Fault(text("No such rule"), text("a whole number from 0 to %(most)s", most=MOST), field=name)
        if rule.other not in self.rules:
            return Fault(text("The cycle has no date to count from"), text("one of the other dates"), field=name)
        return None

    def _reckon(self, name: str, behind: tuple[str, ...]) -> Fault | None:
        """Find the day of a rule that is sound in itself; return what is wrong where it leads to none."""
        rule = self.rules[name]
        if rule.way == FIXED and rule.day:
            self.days[name] = rule.day
            return None
        start = self.find(rule.other, (*behind, name))
        if name in self.faults:  # it hangs on itself, and that has been told
            return self.faults[name]
        try:
            if start is not None:
                self.days[name] = WAYS[rule.way].go(start, rule.count, self.calendar)
                return None
        except OverflowError:
            pass  # beyond the last year that there is: no day either
        what = text("“%(name)s”, from which it is counted, has no day", name=NAMES.get(rule.other, rule.other))
        return Fault(what, text("a rule that leads to a day"), field=name)
