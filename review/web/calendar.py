"""Due dates to take along, one in a file, or all of them under a secret address that a calendar program follows."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, url_for
from flask_babel import get_timezone, gettext
from werkzeug.wrappers import Response as AnyResponse

from review.domain.calendar_file import DueDay, write_calendar
from review.domain.errors import NotFound
from review.domain.worklist import TodoRow
from review.extensions import db
from review.forms.cycles import DATE_WORDS
from review.queries.actors import find_actor
from review.queries.cycle_days import OpenDay, list_open_days
from review.queries.giving import list_asked
from review.queries.worklist import load_home
from review.services.calendar_feeds import find_owner, make_feed, revoke_feed
from review.web.guards import current_actor, current_now, public, requires
from review.web.mount import public_address
from review.web.places import place_of

bp = Blueprint("calendar", __name__)


@bp.get("/feedback/<int:feedback_id>/due.ics")
@requires("signed_in")
def request_due(feedback_id: int) -> Response:
    """Send the day until which the reader's own request waits; nobody else's, and none that waits no more."""
    rows = list_asked(db.session(), current_actor(), now=current_now())
    row = next((row for row in rows if row.id == feedback_id and row.is_waiting), None)
    if row is None or row.due_on is None:
        raise NotFound
    path = url_for("feedback.find", feedback_id=feedback_id)
    return _file(f"feedback-{feedback_id}", gettext("Your feedback is due"), path, row.due_on)


@bp.get("/cases/<int:case_id>/due/<page>.ics")
@requires("signed_in")
def task_due(case_id: int, page: str) -> Response:
    """Send the day of a task that stands on the reader's own list; anything else is not there."""
    rows = load_home(db.session(), current_actor(), now=current_now()).todo
    row = next((row for row in rows if (row.case_id, row.page) == (case_id, page) and row.due_at), None)
    if row is None or row.due_at is None or page == "feedback":
        raise NotFound
    due_on = row.due_at.astimezone(ZoneInfo(str(get_timezone()))).date()
    return _file(f"case-{case_id}-{page}", gettext("A step in Dualtrack is due"), place_of(page, case_id), due_on)


@bp.get("/calendar/<token>/dates.ics")
@public
def follow(token: str) -> Response:
    """Send the dates of whoever made this address: their own tasks, and the days of the cycles that are open."""
    session, now = db.session(), current_now()
    owner = find_owner(session, token)
    if owner is None:
        raise NotFound
    zone = ZoneInfo(str(get_timezone()))
    actor = find_actor(session, owner, today=now.astimezone(zone).date())
    tasks = [_task_day(row, zone) for row in load_home(session, actor, now=now).todo if row.due_at is not None]
    days = [_cycle_day(each) for each in list_open_days(session)]
    answer = Response(write_calendar([*tasks, *days], name="Dualtrack"), content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.post("/preferences/calendar")
@requires("signed_in")
def make() -> AnyResponse:
    """Make the reader's calendar address, or another one in its place; it is shown once."""
    token = make_feed(db.session(), actor=current_actor(), now=current_now())
    db.session.commit()
    address = public_address(url_for(".follow", token=token))
    flash(gettext("Your calendar’s address, shown this once: %(address)s", address=address))
    return redirect(url_for("preferences.show", _anchor="calendar"), 303)


@bp.post("/preferences/calendar/revoke")
@requires("signed_in")
def revoke() -> AnyResponse:
    """Take the address back."""
    revoke_feed(db.session(), actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The address of your calendar opens nothing any more."))
    return redirect(url_for("preferences.show", _anchor="calendar"), 303)


def _task_day(row: TodoRow, zone: ZoneInfo) -> DueDay:
    """Return a task without the name of whom it is about."""
    is_request = row.page == "feedback"
    of_case = row.page if row.case_id is None else f"case-{row.case_id}-{row.page}"
    name = f"feedback-{row.item_id}" if is_request else of_case
    path = url_for("feedback.find", feedback_id=row.item_id) if is_request else place_of(row.page, row.case_id)
    summary = gettext("Your feedback is due") if is_request else gettext("A step in Dualtrack is due")
    due_on = row.due_at.astimezone(zone).date() if row.due_at else current_now().date()
    return _due(name, summary, path, due_on)


def _cycle_day(day: OpenDay) -> DueDay:
    summary = f"{day.cycle}: {DATE_WORDS.get(day.name, day.name)}"
    return _due(f"cycle-{day.cycle_id}-{day.name}", summary, url_for("cycles.detail", cycle_id=day.cycle_id), day.on)


def _file(name: str, summary: str, path: str, due_on: date) -> Response:
    due = _due(name, summary, path, due_on)
    answer = Response(write_calendar([due]), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return answer


def _due(name: str, summary: str, path: str, due_on: date) -> DueDay:
    link = public_address(path)
    return DueDay(
        uid=f"{name}@{urlsplit(link).hostname or 'localhost'}",
        summary=summary,
        words=gettext("Open it: %(link)s", link=link),
        link=link,
        on_day=due_on,
        stamped_at=current_now(),
    )
