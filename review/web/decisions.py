"""The decision of a committee: gaps old and new, the outcome with its reasons, and what stays of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import Form

from review.domain.ballot import OVERALL_WORDS
from review.domain.errors import Invalid
from review.domain.level_mark import mark_move
from review.domain.phase import Phase
from review.domain.workflow import Option
from review.extensions import db
from review.forms.base import choices
from review.forms.decisions import DecisionForm, GapAnswerForm, GapForm
from review.queries.decisions import DecisionPage, load_decision_page
from review.queries.sessions import may_open_session
from review.queries.standing import Standing, load_standing
from review.queries.votes import load_result
from review.services.decisions import add_gap, answer_gap, remove_gap
from review.services.transitions import fire
from review.web.anchor_keys import cover_all, uncover
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("decisions", __name__, url_prefix="/cases/<int:case_id>/decision")
Page = str | tuple[str, int]
FORM = "decision"


@bp.get("")
@requires("signed_in")
def decide(case_id: int) -> Page:
    """Show what is to be decided, or what was."""
    return _page(case_id)


@bp.post("")
@requires("signed_in")
def record(case_id: int) -> Response | Page:
    """Record the decision; without a yes show it once more first."""
    form, standing = DecisionForm(), _standing(case_id)
    if standing.phase is Phase.DECIDED and standing.may_read("decision.outcome"):
        return redirect(url_for(".decide", case_id=case_id), 303)  # the same form sent twice: it is recorded
    option = _chosen(standing, form)
    if option is None or not str(form.rationale.data or "").strip():
        _complain(form, option)
        return _page(case_id, form=form), 422
    if "back" in request.form:
        return _page(case_id, form=form)
    if request.form.get("confirmed") != "yes":
        return _check(case_id, form, option)
    rationale = str(form.rationale.data)
    fire(
        db.session(),
        case_id,
        option.id,
        actor=current_actor(),
        now=current_now(),
        form={"rationale": rationale},
        note=rationale if option.note == "required" else "",
        request_key=form.request_key.data,
    )
    db.session.commit()
    flash(gettext("Recorded. Nobody outside the committee hears of it before all decisions are told."))
    return redirect(url_for(".decide", case_id=case_id), 303)


@bp.post("/gaps")
@requires("signed_in")
def name_gap(case_id: int) -> Response | Page:
    """Name a gap."""
    form, key = GapForm(), request.form.get("request_key")
    criteria = load_decision_page(db.session(), _standing(case_id)).criteria
    try:
        draft = form.to_command(criteria)
        add_gap(db.session(), case_id, draft, actor=current_actor(), now=current_now(), request_key=key)
    except Invalid as refused:
        return _refused(case_id, form, refused)
    return _done(case_id, gettext("The gap is named."))


@bp.post("/gaps/<int:gap_id>/remove")
@requires("signed_in")
def take_out(case_id: int, gap_id: int) -> Response:
    """Take a gap out before the decision."""
    remove_gap(db.session(), case_id, gap_id, actor=current_actor(), now=current_now())
    return _done(case_id, gettext("The gap is taken out."))


@bp.post("/earlier/<int:gap_id>")
@requires("signed_in")
def answer(case_id: int, gap_id: int) -> Response | Page:
    """Answer a gap of an earlier case."""
    form = GapAnswerForm()
    known = load_decision_page(db.session(), _standing(case_id)).anchors.values()
    (form.anchor.data,) = uncover(case_id, [str(form.anchor.data or "")], known)
    try:
        answer_gap(db.session(), case_id, gap_id, form.to_command(), actor=current_actor(), now=current_now())
    except Invalid as refused:
        return _refused(case_id, form, refused, gap_id)
    return _done(case_id, gettext("The gap is answered."))


def _standing(case_id: int) -> Standing:
    return load_standing(db.session(), case_id, current_actor(), now=current_now())


def _done(case_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for(".decide", case_id=case_id, _anchor="gaps"), 303)


def _refused(case_id: int, form: Form, refused: Invalid, gap_id: int | None = None) -> Page:
    db.session.rollback()
    put_beside(form, refused.faults)
    name = "gap_form" if gap_id is None else "answer_form"
    return _page(case_id, **{name: form, "answered_id": gap_id}), 422


def _chosen(standing: Standing, form: DecisionForm) -> Option | None:
    """Return the option that was chosen, among those that the actor has here."""
    return next((each for each in _options(standing) if each.id == form.action.data), None)


def _options(standing: Standing) -> list[Option]:
    return [option for option in standing.options() if option.form == FORM]


def _complain(form: DecisionForm, option: Option | None) -> None:
    if option is None:
        form.action.errors = [gettext("Choose what the committee decides")]
    if not str(form.rationale.data or "").strip():
        form.rationale.errors = [gettext("Give the reasons of the decision")]


def _page(case_id: int, **forms: Any) -> str:
    standing = _standing(case_id)
    page = load_decision_page(db.session(), standing)
    gap_form = forms.get("gap_form") or GapForm(formdata=None)
    gap_form.offer(page.criteria)
    return render_template(
        "decisions/decide.html",
        standing=standing,
        page=page,
        options=_options(standing),
        form=forms.get("form") or DecisionForm(formdata=None),
        gap_form=gap_form,
        sent_keys=cover_all(case_id, page.anchors),
        answer_forms={gap.id: _answer_form(page, gap.id, forms) for gap in page.earlier},
        result=load_result(db.session(), standing, anchors=page.anchors),
        can_open_session=may_open_session(standing),
        overall_words=OVERALL_WORDS,
        move=mark_move(standing.ladder, standing.case.from_level_id, standing.case.to_level_id),
    )


def _answer_form(page: DecisionPage, gap_id: int, forms: dict[str, Any]) -> GapAnswerForm:
    """Return the form of one earlier gap: what was just sent, or what is kept."""
    gap = next(each for each in page.earlier if each.id == gap_id)
    is_met = None if gap.is_met is None else "yes" if gap.is_met else "no"
    kept = {"is_met": is_met, "anchor": gap.anchor, "reason": gap.reason}
    sent = forms["answer_form"] if forms.get("answered_id") == gap_id else None
    form: GapAnswerForm = sent or GapAnswerForm(formdata=None, data=kept)
    form.anchor.choices = choices([("", gettext("Choose")), *((key, name) for name, key in page.anchors.items())])
    return form


def _check(case_id: int, form: DecisionForm, option: Option) -> str:
    standing = _standing(case_id)
    page = load_decision_page(db.session(), standing)
    return render_template(
        "decisions/check.html",
        standing=standing,
        page=page,
        option=option,
        form=form,
        result=load_result(db.session(), standing, anchors=page.anchors),
        overall_words=OVERALL_WORDS,
    )
