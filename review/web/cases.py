"""A case: its page, and the actions that need no form of their own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_timezone, gettext
from werkzeug.wrappers import Response

from review.domain.errors import NotFound
from review.domain.workflow import Option
from review.extensions import db
from review.forms.base import clean_line, clean_text
from review.queries.case_page import CriterionRow, load_case_page
from review.queries.feedback_page import may_open_feedback
from review.queries.sessions import may_open_session
from review.queries.standing import Standing, load_standing
from review.services.transitions import fire
from review.web.differences import mark_target
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
    page, offered = load_case_page(db.session(), standing, now=now), standing.options()
    return render_template(
        "cases/detail.html",
        standing=standing,
        page=page,
        can_open_session=may_open_session(standing),
        reads_feedback=may_open_feedback(standing),
        pieces={row.id: _pieces(row) for row in page.criteria},
        options=[each for each in offered if each.id in page.tasks and not _is_used_up(each, standing)],
        others=[option for option in offered if option.id not in page.tasks],
        href_of=lambda option: place_of(option.form, case_id) if option.form else url_for(".act", case_id=case_id),
        today=now.astimezone(ZoneInfo(str(get_timezone()))).date(),
    )


@bp.post("/<int:case_id>/actions")
@requires("signed_in")
def act(case_id: int) -> Response:
    """Make a move that needs no more than a yes and maybe a reason; one with a form of its own goes to its page."""
    session, actor, now, given = db.session(), current_actor(), current_now(), request.form
    name = clean_line(given.get("action"))
    offered = {option.id: option for option in load_standing(session, case_id, actor, now=now).options()}
    if name in offered and (form := offered[name].form) is not None:
        return redirect(place_of(form, case_id), 303)
    note, key = clean_text(given.get("note")), given.get("request_key")
    fire(session, case_id, name, actor=actor, now=now, note=note, request_key=key)
    db.session.commit()
    flash(gettext("Done. It is in the record of the case."))
    return redirect(_after(case_id), 303)


def _is_used_up(option: Option, standing: Standing) -> bool:
    """Tell whether it is an appeal after the last one that the workflow lets the candidate file."""
    return option.form == "appeal" and not option.is_allowed and standing.facts.appeals_used > 0


def _pieces(row: CriterionRow) -> tuple[tuple[str, str], ...]:
    """Return what the target asks, with what it adds to the level now marked."""
    return mark_target(row.start.summary if row.start else None, row.target.summary) if row.target else ()


def _after(case_id: int) -> str:
    """Return the case's page, or home where the move has ended the actor's part in it."""
    try:
        standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    except NotFound:
        return url_for("home.todo")
    return url_for(".detail", case_id=case_id) if standing.may_read("case.stage") else url_for("home.todo")
