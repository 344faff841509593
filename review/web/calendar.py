"""Due dates to take along: a calendar file for a request that waits for the reader, or for a task of theirs."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, url_for
from flask_babel import get_timezone, gettext

from review.domain.calendar_file import DueDay, write_calendar
from review.domain.errors import NotFound
from review.extensions import db
from review.queries.giving import list_asked
from review.queries.worklist import load_home
from review.web.guards import current_actor, current_now, requires
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


def _file(name: str, summary: str, path: str, due_on: date) -> Response:
    link = public_address(path)
    due = DueDay(
        uid=f"{name}@{urlsplit(link).hostname or 'localhost'}",
        summary=summary,
        words=gettext("Open it: %(link)s", link=link),
        link=link,
        on_day=due_on,
        stamped_at=current_now(),
    )
    answer = Response(write_calendar(due), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return answer
