"""Home: what waits for the person who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask_babel import get_timezone

from review.domain.text import Text, plural, text
from review.domain.worklist import TodoRow
from review.extensions import db
from review.queries.worklist import DAYS_SOON, find_jobs, list_todo
from review.web.guards import current_actor, current_now, requires
from review.web.places import place_of

bp = Blueprint("home", __name__)
MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class TodoLine:
    """A line of the list, ready to show: the day it is due in the reader's zone, and the address of its page."""

    row: TodoRow
    due_on: date | None
    href: str


@dataclass(frozen=True, slots=True)
class TodoGroup:
    """Lines under one heading, with what they add up to."""

    title: Text
    total: Text
    lines: tuple[TodoLine, ...]


@bp.get("/")
@requires("signed_in")
def todo() -> str:
    """Show what waits for the reader, the most urgent first."""
    actor, now = current_actor(), current_now()
    zone = ZoneInfo(str(get_timezone()))
    today = now.astimezone(zone).date()
    lines = [_line(row, zone) for row in list_todo(db.session(), actor)]
    soon = today + timedelta(days=DAYS_SOON)
    is_soon = [line.due_on is not None and line.due_on <= soon for line in lines]
    groups = [
        _group(text("This week"), [line for line, is_now in zip(lines, is_soon, strict=True) if is_now]),
        _group(text("Later"), [line for line, is_now in zip(lines, is_soon, strict=True) if not is_now]),
    ]
    shown = [group for group in groups if group.lines]
    return render_template("home/todo.html", groups=shown, today=today, jobs=find_jobs(db.session(), actor))


def _line(row: TodoRow, zone: ZoneInfo) -> TodoLine:
    due_on = None if row.due_at is None else row.due_at.astimezone(zone).date()
    return TodoLine(row, due_on, place_of(row.page, row.case_id, row.item_id))


def _group(title: Text, lines: list[TodoLine]) -> TodoGroup:
    minutes = sum(line.row.minutes for line in lines)
    hours, rest = divmod(minutes, MINUTES_AN_HOUR)
    long = text("%(hours)s h %(minutes)s min", hours=hours, minutes=rest) if hours else text("%(m)s min", m=rest)
    total = plural("%(count)s thing, about %(long)s", "%(count)s things, about %(long)s", len(lines), long=long)
    return TodoGroup(title, total, tuple(lines))
