"""Home: what waits for the person who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, get_template_attribute, render_template, url_for
from flask_babel import get_timezone, gettext
from markupsafe import Markup, escape

from review.domain.access import Role
from review.domain.schedule import LAST_SECOND
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.worklist import TodoRow, WaitingRow
from review.extensions import babel, db
from review.queries.first_run import FirstSteps, load_first_steps
from review.queries.open_round import find_open_round
from review.queries.worklist import DAYS_SOON, load_home
from review.web.guards import current_actor, current_now, current_sign_in, load_or_404, requires
from review.web.places import place_of
from review.web.revisits import kept_until_news
from review.web.words import role_name, tr

bp = Blueprint("home", __name__)
MOST_SHOWN = 200
"""Lines of a group that the page lists: HR may have thousands, and those that are done make room for the next."""
MINUTES_AN_HOUR = 60
MARKS = {name: f"\x1a{place}\x1a" for place, name in enumerate(("href", "words", "context", "calendar_href"))}
"""What nobody can type: in a line that is written once it stands where each line's own goes."""
CASE, ITEM = -1, -2
"""Numbers that no case and no item has: in an address they stand where a row's own go."""


class TodoLine(NamedTuple):
    """A line of the list in the reader's words: what to do, the day it is due and how far that is, where it is done."""

    href: str
    words: Markup
    context: str
    due: Markup
    calendar_href: str | None
    long: str
    due_on: date | None
    minutes: int


@dataclass(frozen=True)
class TodoGroup:
    """Lines under one heading, with what they and the `more` that are not shown add up to."""

    title: Text
    total: Text
    body: Markup  # of the list
    more: int = 0


@dataclass(frozen=True)
class WaitingLine:
    """A case that waits for others: whose turn it is, and the day it is due, in the reader's words."""

    title: str
    candidate: str
    held_by: str
    due: Markup
    href: str


@dataclass(frozen=True)
class Teller:
    """Puts rows into the reader's words; whatever many rows share is said once and remembered for the page."""

    zone: ZoneInfo
    say: Callable[[object], str]
    find_words: Callable[[str], str]
    tell_due: Callable[[datetime | None], Markup]
    tell_others_due: Callable[[datetime | None], Markup]
    tell_roles: Callable[[tuple[str, ...]], str]
    tell_long: Callable[[int], str]
    find_place: Callable[[str], str]
    find_calendar: Callable[[str], str]

    def line(self, row: TodoRow) -> TodoLine:
        """Return a line of what waits for the reader."""
        due_at = _local(row.due_at, self.zone)
        return TodoLine(
            href=_address(self.find_place(row.page), row),
            words=escape(f"{self.say(row.verb)}: {row.about}" if row.about else self.say(row.verb)),
            context=self.fill_in(row.context),
            due=self.tell_due(due_at),
            calendar_href=None
            if row.due_at is None or row.case_id is None
            else _address(self.find_calendar(row.page), row),
            long=self.tell_long(row.minutes),
            due_on=due_at and due_at.date(),
            minutes=row.minutes,
        )

    def fill_in(self, sentence: Text | str) -> str:
        """Return a sentence in the reader's words; what lines share of it is looked up once."""
        if not isinstance(sentence, Text) or sentence.many is not None or not sentence.values:
            return tr(sentence)
        return self.find_words(sentence.one) % {
            name: self.say(value) if isinstance(value, Text) else value for name, value in sentence.values
        }

    def waiting(self, row: WaitingRow) -> WaitingLine:
        """Return a line of what waits for others."""
        return WaitingLine(
            title=f"{row.candidate}: {self.say(row.stage)}",
            candidate=row.candidate,
            held_by=self.tell_roles(row.held_by),
            due=self.tell_others_due(_local(row.due_at, self.zone)),
            href=self.find_place("case").replace(str(CASE), str(row.case_id)),
        )


@bp.get("/")
@requires("signed_in")
@kept_until_news
def todo() -> str:
    """Show what waits for the reader, the most urgent first."""
    now, zone = current_now(), ZoneInfo(str(get_timezone()))
    today = now.astimezone(zone).date()
    home, teller = load_home(db.session(), current_actor(), now=now), _teller(zone, today)
    lines = [teller.line(row) for row in home.todo]
    is_busy = bool(home.waiting) or any(row.case_id is not None for row in home.todo)
    soon = today + timedelta(days=DAYS_SOON)
    late = [line for line in lines if line.due_on is not None and line.due_on < today]
    this_week = [line for line in lines if line.due_on is not None and today <= line.due_on <= soon]
    later = [line for line in lines if line.due_on is None or line.due_on > soon]
    return render_template(
        "home/todo.html",
        groups=_group((text("Late"), late), (text("This week"), this_week), (text("Later"), later)),
        summary=_sum_up(lines, today),
        waiting=[teller.waiting(row) for row in home.waiting],
        today=today,
        own_case_id=load_or_404(current_sign_in()).jobs.own_case_id,
        first_steps=None if is_busy else _first_steps(),
        gives_roles=current_actor().has(Role.IT_ADMIN),
        open_round=None if lines or home.waiting else find_open_round(db.session(), today),
    )


def _first_steps() -> FirstSteps | None:
    """Return what a new installation lacks, to HR alone."""
    if not current_actor().has(Role.HR):
        return None
    found = load_first_steps(db.session())
    return None if found.is_done else found


def _teller(zone: ZoneInfo, today: date) -> Teller:
    due = get_template_attribute("macros/ui.html", "due")

    def tell(at: datetime | None, *state: str) -> Markup:
        return due(at.date(), today, *state, hour=_hour(at)) if at is not None else Markup()

    def tell_others(at: datetime | None) -> Markup:
        return tell(at, "")

    return Teller(
        zone=zone,
        say=cache(tr),
        find_words=cache(babel.domain_instance.get_translations().ugettext),
        tell_due=cache(tell),
        tell_others_due=cache(tell_others),
        tell_roles=cache(_tell_roles),
        tell_long=cache(_tell_long),
        find_place=cache(lambda page: place_of(page, CASE, ITEM)),
        find_calendar=cache(_find_calendar),
    )


def _tell_long(minutes: int) -> str:
    return tr(_span(minutes))


def _tell_roles(roles: tuple[str, ...]) -> str:
    if not roles:
        return gettext("It goes on by itself.")
    return gettext("Whose turn: %(who)s", who=", ".join(role_name(role) for role in roles))


def _address(pattern: str, row: TodoRow) -> str:
    """Return the address of a row: a page's own is looked up once, not for each row."""
    return pattern.replace(str(CASE), str(row.case_id)).replace(str(ITEM), str(row.item_id))


def _find_calendar(page: str) -> str:
    if page == "feedback":
        return url_for("calendar.request_due", feedback_id=ITEM)
    return url_for("calendar.task_due", case_id=CASE, page=page)


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else moment.astimezone(zone)


def _hour(at: datetime) -> str:
    """Return the hour of a deadline that does not last to the end of the reader's day: the cycle is in another zone."""
    return "" if at.time() == LAST_SECOND else f"{at:%H:%M}"


def _group(*headed: tuple[Text, list[TodoLine]]) -> list[TodoGroup]:
    """Return the lines under their headings; the button of the very first stands out."""
    groups: list[TodoGroup] = []
    for title, lines in headed:
        if lines:
            total = plural(
                "%(count)s thing, about %(long)s", "%(count)s things, about %(long)s", len(lines), long=_long(lines)
            )
            body = _write_lines(lines[:MOST_SHOWN], stands_out=not groups)
            groups.append(TodoGroup(title, total, body, max(0, len(lines) - MOST_SHOWN)))
    return groups


def _write_lines(lines: list[TodoLine], *, stands_out: bool) -> Markup:
    """Return lines as they are written in the template, which is gone through once for all that are alike."""
    write = get_template_attribute("home/_line.html", "line")

    @cache
    def find_pattern(due: Markup, has_calendar: bool, long: str, is_first: bool) -> str:
        calendar = MARKS["calendar_href"] if has_calendar else None
        written = write(MARKS["href"], MARKS["words"], MARKS["context"], due, calendar, long, is_first)
        pattern = str(written).replace("%", "%%")
        for name, mark in MARKS.items():
            pattern = pattern.replace(mark, f"%({name})s")
        return pattern

    def tell(place: int, line: TodoLine) -> str:
        pattern = find_pattern(line.due, line.calendar_href is not None, line.long, stands_out and not place)
        return pattern % {
            "href": escape(line.href),
            "words": line.words,
            "context": escape(line.context),
            "calendar_href": escape(line.calendar_href or ""),
        }

    return Markup("".join(map(tell, range(len(lines)), lines)))  # noqa: S704 - what people wrote is escaped


def _long(lines: list[TodoLine]) -> Text:
    return _span(sum(line.minutes for line in lines))


def _span(minutes: int) -> Text:
    hours, rest = divmod(minutes, MINUTES_AN_HOUR)
    if not hours:
        return text("%(minutes)s min", minutes=rest)
    return text("%(hours)s h %(minutes)s min", hours=hours, minutes=rest) if rest else text("%(hours)s h", hours=hours)


def _sum_up(lines: list[TodoLine], today: date) -> Text | None:
    """Return all of it in a sentence: how many things, how long, how many of them late."""
    if not lines:
        return None
    late = sum(line.due_on is not None and line.due_on < today for line in lines)
    how_late = plural("%(count)s is late", "%(count)s are late", late) if late else text("Nothing is late")
    return plural(
        "%(count)s thing, about %(long)s. %(late)s.",
        "%(count)s things, about %(long)s in all. %(late)s.",
        len(lines),
        long=_long(lines),
        late=how_late,
    )
