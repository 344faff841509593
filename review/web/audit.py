"""The record: every change, for those who may see that it happened."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from review.domain.numbers import whole_number
from review.extensions import db
from review.queries.audit import list_events
from review.web.guards import current_actor, requires

bp = Blueprint("audit", __name__)


@bp.get("/audit")
@requires("hr", "auditor", "it_admin")
def show() -> str:
    """Show the events, the newest first, narrowed by kind."""
    kind = request.args.get("kind", "").strip()[:60]
    page = list_events(db.session(), current_actor(), before=request.args.get("before", type=whole_number), kind=kind)
    return render_template("audit/list.html", page=page, kind=kind)
