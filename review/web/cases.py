"""A case: its page, and the actions that need no form of their own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_timezone, gettext
from werkzeug.wrappers import Response

from review.domain.errors import NotFound
from review.extensions import db
from review.forms.base import clean_text
from review.queries.case_page import load_case_page
from review.queries.standing import load_standing
from review.services.transitions import fire
from review.web.guards import current_actor, current_now, requires
from review.web.places import place_of

bp = Blueprint("cases", __name__, url_prefix="/cases")


@bp.get("/<int:case_id>")
@requires("signed_in")
def detail(case_id: int) -> str:
    """Show a case, as much of it as the reader may see."""
    now = current_now()
    standing = load_standing(db.session(), case_id, current_actor(), now=now)
    if not standing.may_read("case.stage"):
        raise NotFound
    return render_template(
        "cases/detail.html",
        standing=standing,
        page=load_case_page(db.session(), standing, now=now),
        options=standing.options(),
        href_of=lambda option: place_of(option.form, case_id) if option.form else url_for(".act", case_id=case_id),
        today=now.astimezone(ZoneInfo(str(get_timezone()))).date(),
    )


@bp.post("/<int:case_id>/actions")
@requires("signed_in")
def act(case_id: int) -> Response:
    """Make a move that needs no more than a yes and maybe a reason."""
    given = request.form
    fire(
        db.session(),
        case_id,
        given.get("action", ""),
        actor=current_actor(),
        now=current_now(),
        note=clean_text(given.get("note")),
        request_key=given.get("request_key"),
    )
    db.session.commit()
    flash(gettext("Done. It is in the record of the case."))
    return redirect(_after(case_id), 303)


def _after(case_id: int) -> str:
    """Return the case's page, or home where the move has ended the actor's part in it."""
    try:
        standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    except NotFound:
        return url_for("home.todo")
    return url_for(".detail", case_id=case_id) if standing.may_read("case.stage") else url_for("home.todo")
