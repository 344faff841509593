"""The manager's page for following up feedback in the cases of their people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypedDict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.access import Actor
from review.domain.errors import Invalid, TransitionRefused
from review.extensions import db
from review.forms.chasing import DayForm
from review.queries.chasing_team import list_team_cases
from review.services.feedback_chasing_team import extend_all, remind_all, replace_one
from review.web.guards import current_actor, current_now, requires
from review.web.words import tr

bp = Blueprint("chasing_team", __name__)
BOARD = "/team/feedback"
ONE = f"{BOARD}/<int:case_id>"


class By(TypedDict):
    """Who does something when, and by which form."""

    actor: Actor
    now: datetime
    request_key: str | None


@bp.get(BOARD)
@requires("signed_in")
def board() -> str:
    """Show the cases in which feedback is collected, and whom to follow up."""
    cases = list_team_cases(db.session(), current_actor(), now=current_now())
    return render_template("chasing/team.html", cases=cases)


@bp.post(f"{ONE}/remind")
@requires("signed_in")
def remind(case_id: int) -> Response:
    """Remind all who have not answered."""
    said = gettext("Whoever has not answered yet is reminded by their next morning’s mail.")
    return _do(case_id, said, lambda by: remind_all(db.session(), case_id, **by))


@bp.post(f"{ONE}/extend")
@requires("signed_in")
def extend(case_id: int) -> Response:
    """Give all who have not answered a later day."""
    until = DayForm().until.data
    said = gettext("Whoever has not answered yet has until then, and is told so.")
    return _do(case_id, said, lambda by: extend_all(db.session(), case_id, until, **by))


@bp.post(f"{ONE}/<int:feedback_id>/replace")
@requires("signed_in")
def replace(case_id: int, feedback_id: int) -> Response:
    """Ask the one whom somebody named in their place."""
    said = gettext("They are asked.")
    return _do(case_id, said, lambda by: replace_one(db.session(), case_id, feedback_id, **by))


def _do(case_id: int, said: str, work: Callable[[By], None]) -> Response:
    """Do it and say so, or say why not; then show the case on the page again."""
    try:
        work(By(actor=current_actor(), now=current_now(), request_key=request.form.get("request_key")))
    except TransitionRefused as refused:
        db.session.rollback()
        flash(tr(refused.reasons[0]), "warn")
    except Invalid as refused:
        db.session.rollback()
        flash(tr(refused.faults[0].what), "warn")
    else:
        db.session.commit()
        flash(said)
    return redirect(url_for(".board", _anchor=f"case-{case_id}"), 303)
