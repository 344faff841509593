"""Messages: what was mailed to somebody, for who reads it here instead."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request
from flask_babel import get_locale
from werkzeug.wrappers import Response

from review.adapters.mail_text import find_path, say_subject
from review.domain.numbers import whole_number
from review.extensions import db
from review.queries.inbox import find_message, list_messages
from review.web.guards import current_actor, current_now, load_or_404, requires
from review.web.mount import root

bp = Blueprint("inbox", __name__, url_prefix="/messages")


@bp.get("")
@requires("signed_in")
def show() -> str:
    """Show the messages, the newest first, each by the subject of its mail."""
    before = request.args.get("before", type=whole_number)
    page = list_messages(db.session(), current_actor(), now=current_now(), before=before)
    locale = str(get_locale() or "en")
    company = current_app.extensions["settings"].company
    rows = [(row, say_subject(row.template, locale=locale, company=company, changed=row.changed)) for row in page.rows]
    return render_template("inbox/list.html", rows=rows, next_before=page.next_before)


@bp.get("/<int:message_id>")
@requires("signed_in")
def follow(message_id: int) -> Response:
    """Lead to what a message is about, as its mail does."""
    subject, params = load_or_404(find_message(db.session(), current_actor(), message_id, now=current_now()))
    return redirect(root() + find_path(subject, params), 303)
