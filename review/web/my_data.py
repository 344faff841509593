"""One's own data: what is kept, who reads it, how long; asked for, followed, downloaded."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response

from review.domain.subject_access import RULE_WORDS, RUNNING, SECTION_NAMES, State
from review.extensions import db
from review.queries.privacy_requests import find_own_content, list_own_requests
from review.queries.privacy_rules import load_privacy_rules
from review.services.privacy_requests import ask_bundle, take_bundle
from review.web.guards import current_actor, current_now, load_or_404, requires

bp = Blueprint("my_data", __name__, url_prefix="/my-data")
FILE_NAME = "my-data.zip"


@bp.get("")
@requires("signed_in")
def show() -> str:
    """Say what is kept and by which rules, and show what was asked for."""
    return render_template("privacy/my_data.html", **_parts())


@bp.get("/live")
@requires("signed_in")
def live() -> str:
    """Answer who keeps the page open while the data is gathered."""
    return render_template("privacy/_own.html", **_parts())


@bp.post("")
@requires("signed_in")
def ask() -> Response:
    """Ask for all that is kept."""
    actor, key = current_actor(), request.form.get("request_key")
    ask_bundle(db.session(), actor.person_id or 0, actor=actor, now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("Asked. HR looks through it first; you get a mail when it is there."))
    return redirect(url_for(".show"), 303)


@bp.post("/<int:request_id>/download")
@requires("signed_in")
def take(request_id: int) -> Response:
    """Take what was handed out: this is kept."""
    take_bundle(db.session(), request_id, actor=current_actor(), now=current_now())
    db.session.commit()
    return redirect(url_for(".archive", request_id=request_id), 303)


@bp.get("/<int:request_id>.zip")
@requires("signed_in")
def archive(request_id: int) -> Response:
    """Send what was handed out, to its person alone and as long as it is there."""
    from review.adapters.bundle_file import write_archive

    bundle = load_or_404(find_own_content(db.session(), request_id, current_actor(), now=current_now()))
    answer = make_response(write_archive(bundle, locale=str(get_locale() or "en")))
    answer.headers["Content-Type"] = "application/zip"
    answer.headers["Content-Disposition"] = f"attachment; filename={FILE_NAME}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _parts() -> dict[str, object]:
    rows = list_own_requests(db.session(), current_actor())
    return {
        "rows": rows,
        "is_running": any(row.state in RUNNING for row in rows),
        "is_waiting": any(row.is_open for row in rows),
        "now": current_now(),
        "released": State.RELEASED,
        "sections": SECTION_NAMES.values(),
        "rules": RULE_WORDS.values(),
        "clocks": load_privacy_rules(),
    }
