"""Emergency access: asked for by who is out of a case, answered by an HR partner who is not."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.extensions import db
from review.forms.emergency import AccessForm
from review.queries.emergency import list_own, list_to_answer
from review.services.emergency import ask_access, end_access, grant_access, refuse_access
from review.web.answers import answer_done
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, proved, requires

bp = Blueprint("emergency", __name__, url_prefix="/emergency")


@bp.get("")
@requires("hr", "it_admin")
def show() -> str:
    """Show what one has asked for, what one can answer, and the form."""
    return _page(AccessForm(formdata=None))


@bp.post("")
@requires("hr", "it_admin")
@proved
def ask() -> Response | tuple[str, int]:
    """Ask to be let into a case."""
    form, actor, now = AccessForm(), current_actor(), current_now()
    code, reason, key = str(form.code.data or ""), str(form.reason.data or ""), form.request_key.data
    try:
        ask_access(db.session(), code, reason, actor=actor, now=now, request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(form), 422
    return answer_done(
        gettext("Asked. An HR partner who is not out of the case answers; a mail tells you when you are let in."),
        url_for(".show"),
    )


@bp.post("/<int:access_id>/grant")
@requires("hr")
@proved
def grant(access_id: int) -> Response:
    """Let somebody in for a day."""
    grant_access(db.session(), access_id, actor=current_actor(), now=current_now())
    return answer_done(gettext("They can read the case for 24 hours. A third person is told."), url_for(".show"))


@bp.post("/<int:access_id>/refuse")
@requires("hr")
def refuse(access_id: int) -> Response:
    """Say no."""
    refuse_access(db.session(), access_id, actor=current_actor(), now=current_now())
    return answer_done(gettext("Refused."), url_for(".show"))


@bp.post("/<int:access_id>/end")
@requires("hr", "it_admin")
def end(access_id: int) -> Response:
    """End an open access before its time."""
    end_access(db.session(), access_id, actor=current_actor(), now=current_now())
    return answer_done(gettext("Ended, from now on."), url_for(".show"))


def _page(form: AccessForm) -> str:
    actor, now = current_actor(), current_now()
    return render_template(
        "emergency/list.html",
        form=form,
        own=list_own(db.session(), actor, now=now),
        others=list_to_answer(db.session(), actor, now=now),
    )
