"""My team: the people who report to the reader, and where their cases are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask_babel import get_timezone

from review.extensions import db
from review.queries.team import list_team
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("team", __name__)


@bp.get("/team")
@requires("signed_in")
def show() -> str:
    """Show the reader's people and their newest cases."""
    zone = ZoneInfo(str(get_timezone()))
    rows = list_team(db.session(), current_actor())
    due = {row.person_id: row.due_at.astimezone(zone).date() for row in rows if row.due_at is not None}
    return render_template("team/list.html", rows=rows, due=due, today=current_now().astimezone(zone).date())
