"""Home: what waits for the person who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask_babel import get_timezone

from review.domain.text import Text, plural, text
from review.domain.worklist import TodoRow, WaitingRow
from review.extensions import db
from review.queries.worklist import DAYS_SOON, load_home
from review.web.guards import current_actor, current_now, current_sign_in, load_or_404, requires
from review.web.places import place_of

bp = Blueprint("home", __name__)
MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class TodoLine:
    """A line of the list, ready to show: the day it is due in the reader's zone, its page, and its calendar file."""

    row: TodoRow
    due_on: date | None
    href: str
    calendar_href: str | None


@dataclass(frozen=True, slots=True)
class TodoGroup:
    """Lines under one heading, with what they add up to."""

    title: Text
    total: Text
    lines: tuple[TodoLine, ...]


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A case that waits for others, with the day it is due in the reader's zone."""

    row: WaitingRow
    due_on: date | None


@bp.get("/")
@requires("signed_in")
def todo() -> str:
    """Show what waits for the reader, the most urgent first."""
    now, zone = current_now(), ZoneInfo(str(get_timezone()))
    today = now.astimezone(zone).date()
    home = load_home(db.session(), current_actor(), now=now)
    lines = [_line(row, zone) for row in home.todo]
    soon = today + timedelta(days=DAYS_SOON)
    this_week = [line for line in lines if line.due_on is not None and line.due_on <= soon]
    later = [line for line in lines if line.due_on is None or line.due_on > soon]
    return render_template(
        "home/todo.html",
        groups=[_group(title, found) for title, found in _headed(this_week, later) if found],
        summary=_sum_up(lines, today),
        waiting=[WaitingLine(row, _day(row.due_at, zone)) for row in home.waiting],
        today=today,
        own_case_id=load_or_404(current_sign_in()).jobs.own_case_id,
    )


def _headed(this_week: list[TodoLine], later: list[TodoLine]) -> list[tuple[Text, list[TodoLine]]]:
    return [(text("This week"), this_week), (text("Later"), later)]


def _line(row: TodoRow, zone: ZoneInfo) -> TodoLine:
    return TodoLine(row, _day(row.due_at, zone), place_of(row.page, row.case_id, row.item_id), _calendar_of(row))


def _calendar_of(row: TodoRow) -> str | None:
    if row.due_at is None or row.case_id is None:
        return None
    if row.page == "feedback":
        return url_for("calendar.request_due", feedback_id=row.item_id)
    return url_for("calendar.task_due", case_id=row.case_id, page=row.page)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def _group(title: Text, lines: list[TodoLine]) -> TodoGroup:
    total = plural("%(count)s thing, about %(long)s", "%(count)s things, about %(long)s", len(lines), long=_long(lines))
    return TodoGroup(title, total, tuple(lines))


def _long(lines: list[TodoLine]) -> Text:
    hours, rest = divmod(sum(line.row.minutes for line in lines), MINUTES_AN_HOUR)
    if not hours:
        return text("%(m)s min", m=rest)
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
