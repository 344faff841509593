"""The end of keeping: what has been kept long enough, by kind, approved by HR and done by itself."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.extensions import db
from review.queries.privacy_retention import list_due, list_runs
from review.queries.privacy_rules import load_privacy_rules
from review.services.privacy_retention import approve_run
from review.web.guards import current_actor, current_now, proved, requires
from review.web.privacy_words import KIND_WORDS

bp = Blueprint("retention", __name__, url_prefix="/retention")


@bp.get("")
@requires("hr")
def show() -> str:
    """Show what would go now, and what has gone."""
    rows = list_due(db.session(), load_privacy_rules(), now=current_now())
    runs = list_runs(db.session())
    return render_template(
        "privacy/retention.html",
        rows=rows,
        runs=runs,
        names=KIND_WORDS,
        count=sum(row.count for row in rows),
        is_waiting=any(run.done_at is None for run in runs),
    )


@bp.post("")
@requires("hr")
@proved
def approve() -> Response:
    """Let what is due go with the next sweep."""
    key = request.form.get("request_key")
    approve_run(db.session(), actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("Approved. It is removed within minutes, and listed here."))
    return redirect(url_for(".show"), 303)
