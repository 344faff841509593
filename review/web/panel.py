"""The leadership panel of a people manager's case: HR invites it, each member scores on a page of their own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.domain.numbers import find_number
from review.extensions import db
from review.forms.base import choices
from review.forms.panel import PanelForm, PanelScoreForm
from review.queries.panel import PanelPage, find_possible_panelists, load_panel_page
from review.queries.standing import Standing, load_standing
from review.services.panel import schedule_panel, score_panel
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, requires

bp = Blueprint("panel", __name__, url_prefix="/cases/<int:case_id>/panel")
Page = str | tuple[str, int]


@bp.get("")
@requires("signed_in")
def detail(case_id: int) -> Page:
    """Show the panel: to HR who is invited, to a member the ladder and their own score."""
    return _page(case_id)


@bp.post("/find")
@requires("signed_in")
def find(case_id: int) -> Page:
    """Show who fits the words beside those who are chosen already; nothing is written."""
    return _page(case_id, form=PanelForm())


@bp.post("/schedule")
@requires("signed_in")
def schedule(case_id: int) -> Response | Page:
    """Invite the panel."""
    form, actor = PanelForm(), current_actor()
    standing, _ = _readable(case_id)
    if not form.validate():
        return _page(case_id, form=form), 422
    people, when, key = form.people.data or (), form.moment(standing.cycle.zone), form.request_key.data
    try:
        schedule_panel(db.session(), case_id, people, when, actor=actor, now=current_now(), request_key=key)
    except Invalid as refused:
        return _refused(case_id, refused, form=form)
    return _done(case_id, gettext("The panel is invited. Each member finds the case on their home page."))


@bp.post("/score")
@requires("signed_in")
def score(case_id: int) -> Response | Page:
    """Keep a member's score."""
    form, actor = PanelScoreForm(), current_actor()
    (value, reason), version = form.to_command(), form.version.data or 0
    try:
        score_panel(db.session(), case_id, value, reason, version=version, actor=actor, now=current_now())
    except Invalid as refused:
        return _refused(case_id, refused, score_form=form)
    return _done(case_id, gettext("Your score is kept. You can change it until HR closes the panel."))


def _readable(case_id: int) -> tuple[Standing, PanelPage]:
    standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    return standing, load_or_404(load_panel_page(db.session(), standing))


def _page(case_id: int, *, form: PanelForm | None = None, score_form: PanelScoreForm | None = None) -> str:
    standing, page = _readable(case_id)
    own = page.own
    data = {"value": str(own.value or ""), "reason": own.reason, "version": own.version} if own else {}
    form = form or PanelForm(formdata=None)
    offered, inviting = None, next((option for option in page.options if option.form == "panel"), None)
    if inviting is not None:
        words, chosen = str(form.words.data or ""), form.people.data or ()
        offered = find_possible_panelists(db.session(), standing, words=words, chosen=chosen)
        form.people.choices = choices(offered.people)
    score_form = score_form or PanelScoreForm(formdata=None, data=data)
    given = str(score_form.value.data or "")
    return render_template(
        "panel/page.html",
        standing=standing,
        page=page,
        form=form,
        score_form=score_form,
        chosen=find_number(given),
        inviting=inviting,
        offered=offered,
        meets_at=page.meets_at.astimezone(ZoneInfo(standing.cycle.zone)) if page.meets_at else None,
    )


def _refused(
    case_id: int, refused: Invalid, *, form: PanelForm | None = None, score_form: PanelScoreForm | None = None
) -> Page:
    db.session.rollback()
    shown = form or score_form
    if shown is not None:
        put_beside(shown, refused.faults)
    return _page(case_id, form=form, score_form=score_form), 422


def _done(case_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for(".detail", case_id=case_id), 303)
