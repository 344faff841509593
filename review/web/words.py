"""Words for a reader: translated sentences, and dates in the reader's language and zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.lists import format_list
from flask import Flask
from flask_babel import get_locale, get_timezone, gettext, ngettext
from markupsafe import Markup
from wtforms import Field
from wtforms.form import BaseForm

from review.domain.errors import Fault
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.extensions import babel
from review.queries.privacy_erasure import NAME as ERASED_NAME

ENGLISH, BRITISH = Locale("en"), Locale("en", "GB")
SOON = timedelta(days=7)
DAYS_IN_WORDS = 60
LANGUAGES = 64
REMEMBERED = 4096
"""How many dates of each kind a process remembers in words: a list names few days many times."""

ROLE_NAMES = {
    "candidate": text("the candidate"),
    "giver": text("the people asked for feedback"),
    "report": text("the direct reports"),
    "panelist": text("the leadership panel"),
    "manager": text("the manager"),
    "skip_level": text("the manager’s manager"),
    "second_rater": text("the second rater"),
    "member": text("the committee"),
    "chair": text("the chair"),
    "hr": text("HR"),
    "executive": text("the executive"),
    "appeals": text("the appeals panel"),
    "auditor": text("the auditor"),
    "it_admin": text("whoever runs Dualtrack"),
    "system": text("Dualtrack"),
}


@dataclass(frozen=True)
class ScalePoint:
    """One rating on a scale: its value, its word, a line on what it means, and a word for narrow places."""

    value: int
    word: str
    meaning: str
    short: str


def default_scale() -> tuple[ScalePoint, ...]:
    """Return the five words in the reader's language; older packets bring their own scale as data."""
    return _scale_in(babel.domain_instance.get_translations())


@lru_cache(LANGUAGES)
def _scale_in(_language: object) -> tuple[ScalePoint, ...]:
    """Return the words in the language of this request, which is the one given: some pages ask for every rating."""
    return (
        ScalePoint(1, gettext("Below current level"), gettext("Not yet what the current level asks"), gettext("Below")),
        ScalePoint(
            2,
            gettext("At current level"),
            gettext("Does the current level well; the target is not shown"),
            gettext("Current"),
        ),
        ScalePoint(
            3,
            gettext("Partly at target level"),
            gettext("Some of the target is shown, or once only"),
            gettext("Partly"),
        ),
        ScalePoint(4, gettext("At target level"), gettext("All of the target, more than once"), gettext("Target")),
        ScalePoint(5, gettext("Beyond target level"), gettext("Shows parts of the level after it"), gettext("Beyond")),
    )


def short_words(scale: Sequence[ScalePoint]) -> dict[int, str]:
    """Return the short word of each value, and of 0: cannot tell."""
    return {0: gettext("Cannot tell"), **{point.value: point.short for point in scale}}


def tr(value: object) -> str:  # noqa: PLR0911 - one line a kind of value
    """Return a sentence in the reader's language; plain strings and markup pass through, None is nothing.

    Values inside a sentence are translated too: nested sentences, dates, moments, and lists of them ("a, b and c").
    """
    if value is None:
        return ""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Text):
        return _fill(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, list | tuple):
        return format_list([tr(part) for part in value], locale=_locale())
    return str(value)


def _fill(sentence: Text) -> str:
    values = {name: value if isinstance(value, int | float) else tr(value) for name, value in sentence.values}
    if sentence.many is not None:
        return str(ngettext(sentence.one, sentence.many, sentence.count, **{"count": sentence.count, **values}))
    message = str(babel.domain_instance.get_translations().ugettext(sentence.one))
    return message % values if values else message.replace("%%", "%")


def _locale() -> Locale:
    """Return the reader's locale; plain English writes days before months."""
    locale = get_locale()
    return BRITISH if locale is None or locale == ENGLISH else locale


def _zone(name: str | None) -> ZoneInfo:
    return ZoneInfo(name or str(get_timezone()))


def _write(skeleton: str, value: date) -> str:
    """Write the parts of a date in the locale's order."""
    return _write_in(_locale(), skeleton, value)


@lru_cache(REMEMBERED)
def _write_in(locale: Locale, skeleton: str, value: date) -> str:
    return str(format_skeleton(skeleton, datetime.combine(value, time(), UTC), locale=locale))


def day(value: date) -> str:
    """Return "Friday 13 November 2026"."""
    return _write_whole(_locale(), value)


@lru_cache(REMEMBERED)
def _write_whole(locale: Locale, value: date) -> str:
    words = str(format_date(value, "full", locale=locale))
    return re.sub(r"^(\w+), (?=\d)", r"\1 ", words) if locale.language == "en" else words


def day_short(value: date) -> str:
    """Return "Fri 13 Nov"; the year is left to the page."""
    return _write("MMMEd", value)


def moment(value: datetime, zone: str | None = None) -> str:
    """Return "13 Nov 2026, 14:32" in the reader's zone, or in the one named."""
    local = value.astimezone(_zone(zone))
    return f"{_write('yMMMd', local.date())}, {local:%H:%M}"


def clock(value: datetime, zone: str | None = None) -> str:
    """Return "14:32" in the reader's zone, or in the one named."""
    return f"{value.astimezone(_zone(zone)):%H:%M}"


def relative(value: date, today: date) -> str:
    """Return "in 3 days", "tomorrow", "4 days ago"."""
    days = (value - today).days
    if abs(days) <= 1:
        return {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}[days]
    return _tell_distance(_locale(), days)


@lru_cache(REMEMBERED)
def _tell_distance(locale: Locale, days: int) -> str:
    distance = timedelta(days=days)
    if abs(days) <= DAYS_IN_WORDS:  # a threshold this high keeps "in 30 days" from becoming "in 1 month"
        return str(format_timedelta(distance, "day", threshold=DAYS_IN_WORDS, add_direction=True, locale=locale))
    return str(format_timedelta(distance, "month", add_direction=True, locale=locale))


def due_words(value: date, today: date) -> str:
    """Return how far a deadline is: as relative(), but "4 days late" once it has passed."""
    late = (today - value).days
    return str(ngettext("%(num)s day late", "%(num)s days late", late)) if late > 0 else relative(value, today)


def due_state(value: date, today: date) -> str:
    """Return late, soon (within a week) or nothing."""
    if value < today:
        return "late"
    return "soon" if value - today <= SOON else ""


def initials(name: str) -> str:
    """Return the first letters of the first and the last name; a dash for who was erased, who has none."""
    if name == ERASED_NAME:
        return "–"
    parts = name.split() or ["?"]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


def place(fault: Fault) -> str:
    """Return where a fault is: file and line, row and column name."""
    spot = ":".join(str(part) for part in (fault.file, fault.line, fault.column) if part is not None)
    row = gettext("row %(row)s", row=fault.row) if fault.row is not None else ""
    return ", ".join(part for part in (spot, row, fault.field or "") if part)


def role_name(role: str) -> str:
    """Return a role in the reader's words; a role of a company's own workflow is shown as it is written there."""
    name = ROLE_NAMES.get(str(role))
    return tr(name) if name is not None else str(role).replace("_", " ")


def form_errors(form: BaseForm) -> list[tuple[str, str]]:
    """Return each fault with the id of its field; faults of the whole form have no id.

    Far from its field, a fault that could be of any says which one it is of.
    """
    faults = [("", tr(words)) for words in getattr(form, "form_errors", ())]
    return faults + [(field.id, _with_field(field, tr(words))) for field in form for words in field.errors]


def _with_field(field: Field, words: str) -> str:
    return f"{tr(field.label.text)}: {words}" if words == gettext("Please fill this in") else words


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    filters = (tr, day, day_short, moment, clock, relative, due_words, due_state, initials, place, role_name)
    app.jinja_env.filters.update({function.__name__: function for function in filters})
    app.jinja_env.filters["form_errors"] = form_errors
    app.jinja_env.globals.update(default_scale=default_scale, short_words=short_words)
