"""Changing a proposed request before it goes out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.extensions import db
from review.forms.changing import ChangeForm
from review.queries.changing import load_change_page
from review.queries.standing import load_standing
from review.services.feedback_changes import approve_changed
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("changing", __name__)
CHANGE = "/cases/<int:case_id>/ask/<int:feedback_id>/change"


@bp.get(CHANGE)
@requires("signed_in")
def change(case_id: int, feedback_id: int) -> str:
    """Show a proposed request to be changed."""
    return _page(case_id, feedback_id, None)


@bp.post(CHANGE)
@requires("signed_in")
def ask_changed(case_id: int, feedback_id: int) -> Response | tuple[str, int]:
    """Change it and ask."""
    form, actor, now = ChangeForm(), current_actor(), current_now()
    key = form.request_key.data
    if not form.validate():
        return _page(case_id, feedback_id, form), 422
    try:
        approve_changed(db.session(), case_id, feedback_id, form.to_command(), actor=actor, now=now, request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(case_id, feedback_id, form), 422
    db.session.commit()
    flash(gettext("Changed and asked."))
    return redirect(url_for("feedback.ask", case_id=case_id), 303)


def _page(case_id: int, feedback_id: int, form: ChangeForm | None) -> str:
    standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    page = load_change_page(db.session(), standing, feedback_id)
    shown = form or ChangeForm(formdata=None, data={"note": page.note, "criteria": list(page.criteria)})
    return render_template("feedback/change.html", page=page, standing=standing, form=shown)
