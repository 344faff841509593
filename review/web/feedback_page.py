"""Reading a case's feedback, and writing the summary of it for the candidate."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.extensions import db
from review.forms.feedback_summary import SummaryForm
from review.queries.feedback_page import load_feedback_page
from review.queries.standing import Standing, load_standing
from review.services.feedback_summary import save_summary
from review.web.answers import answer_saved, is_autosave, say_saved
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("feedback_page", __name__, url_prefix="/cases/<int:case_id>/feedback")
Page = str | tuple[str, int]


@bp.get("")
@requires("signed_in")
def read(case_id: int) -> Response | Page:
    """Show the answers that the reader may read, and the summary; who votes on the case opens the packet first."""
    standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    if standing.facts.must_open_packet:
        return redirect(url_for("packets.page", case_id=case_id), 303)
    return _page(standing)


@bp.post("/summary")
@requires("signed_in")
def write(case_id: int) -> Response | Page:
    """Keep the summary."""
    form, now = SummaryForm(), current_now()
    body, version = str(form.body.data or ""), form.version.data or 0
    try:
        saved = save_summary(db.session(), case_id, body, version=version, actor=current_actor(), now=now)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(load_standing(db.session(), case_id, current_actor(), now=now), form)
    db.session.commit()
    if not is_autosave():
        say_saved()
    return answer_saved(url_for(".read", case_id=case_id), version=saved, now=now)


def _page(standing: Standing, form: SummaryForm | None = None) -> Page:
    page = load_feedback_page(db.session(), standing)
    data = {"body": page.summary.body, "version": page.summary.version} if page.summary else {}
    shown = form or SummaryForm(formdata=None, data=data)
    html = render_template("feedback/read.html", page=page, standing=standing, form=shown)
    return (html, 422) if form is not None else html
