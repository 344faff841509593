"""Feedback: whom to ask, what was asked of me, and a giver's own answer from first look to sending."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid, NotFound
from review.domain.writing import clean_line
from review.extensions import db
from review.forms.feedback import AnswerForm, DeclineForm, ProposalForm, SearchForm, answer_data
from review.queries.askable import find_case_of_request
from review.queries.asking import load_ask_page
from review.queries.giving import GivePage, list_asked, load_give_page
from review.queries.standing import load_standing
from review.services.feedback import ask_direct_reports, decide_request, propose_givers
from review.services.feedback_answers import decline, move_own, save_answer
from review.web.answers import answer_saved, is_autosave
from review.web.faults import put_beside
from review.web.giver_form import following, question_of, show_preview
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("feedback", __name__)
ASK = "/cases/<int:case_id>/ask"
GIVE = "/cases/<int:case_id>/feedback/<int:feedback_id>"
Page = str | tuple[str, int]


@bp.get("/asked")
@requires("signed_in")
def asked() -> str:
    """List everything that was asked of the reader."""
    rows = list_asked(db.session(), current_actor(), now=current_now())
    return render_template("feedback/asked.html", rows=rows)


@bp.get("/feedback/<int:feedback_id>")
@requires("signed_in")
def find(feedback_id: int) -> Response:
    """Lead from a mail to one's own request, or to the list that it stands on."""
    session, actor, now = db.session(), current_actor(), current_now()
    row = next((row for row in list_asked(session, actor, now=now) if row.id == feedback_id), None)
    if row is not None:
        return redirect(url_for(".give", case_id=row.case_id, feedback_id=row.id), 303)
    case_id = find_case_of_request(session, actor, feedback_id, now=now)
    return redirect(url_for(".ask", case_id=case_id), 303)


@bp.get(ASK)
@requires("signed_in")
def ask(case_id: int) -> Page:
    """Show whom this case asks, who is missing, and people to ask."""
    return _ask_page(case_id)


@bp.post(ASK)
@requires("signed_in")
def propose(case_id: int) -> Response | Page:
    """Propose people, or ask them at once as manager or HR."""
    form = ProposalForm()
    key = form.request_key.data
    try:
        propose_givers(
            db.session(), case_id, form.to_command(), actor=current_actor(), now=current_now(), request_key=key
        )
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _ask_page(case_id, form)
    db.session.commit()
    flash(gettext("They are on the list."))
    return redirect(url_for(".ask", case_id=case_id), 303)


@bp.post(f"{ASK}/reports")
@requires("signed_in")
def ask_reports(case_id: int) -> Response:
    """Ask all direct reports."""
    key = request.form.get("request_key")
    ask_direct_reports(db.session(), case_id, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("All direct reports are asked."))
    return redirect(url_for(".ask", case_id=case_id), 303)


@bp.post(f"{ASK}/<int:feedback_id>/<action>")
@requires("signed_in")
def decide(case_id: int, feedback_id: int, action: str) -> Response:
    """Approve a request, refuse it or take it back."""
    decide_request(
        db.session(),
        case_id,
        feedback_id,
        action,
        actor=current_actor(),
        now=current_now(),
        note=request.form.get("note", ""),
        request_key=request.form.get("request_key"),
    )
    db.session.commit()
    flash(gettext("Done."))
    return redirect(url_for(".ask", case_id=case_id), 303)


@bp.get(GIVE)
@requires("signed_in")
def give(case_id: int, feedback_id: int) -> Page:
    """Show a giver their own request: who reads it, then one question at a time."""
    return _give_page(case_id, feedback_id)


@bp.post(GIVE)
@requires("signed_in")
def answer(case_id: int, feedback_id: int) -> Response | Page:
    """Keep a draft on one criterion; go where the button says."""
    form, now, criterion = AnswerForm(), current_now(), request.args.get("criterion", "")
    draft, version = form.to_command(), form.version.data or 0
    try:
        saved = save_answer(
            db.session(), case_id, feedback_id, criterion, draft, version=version, actor=current_actor(), now=now
        )
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _give_page(case_id, feedback_id, form)
    db.session.commit()
    return answer_saved(_onward(case_id, feedback_id, criterion), version=saved, now=now)


@bp.get(f"{GIVE}/check")
@requires("signed_in")
def check(case_id: int, feedback_id: int) -> str:
    """Show what each reader will see, before it is sent."""
    page = _load(case_id, feedback_id)
    if not page.can_write:
        raise NotFound
    return render_template("feedback/check.html", page=page, option=page.option("submit"))


@bp.post(f"{GIVE}/<any(accept, submit, recall, reconsider):action>")
@requires("signed_in")
def move(case_id: int, feedback_id: int, action: str) -> Response:
    """Say yes, also after a no, send, or take back."""
    key = request.form.get("request_key")
    move_own(db.session(), case_id, feedback_id, action, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    words = {
        "accept": gettext("Thank you. What you write is saved as you go; nobody reads it before you send it."),
        "submit": gettext("Sent. You can take it back until the packet is sealed."),
        "reconsider": gettext("Thank you for taking it up after all. What you write is saved as you go."),
        "recall": gettext("Taken back. Nobody can read it until you send it again."),
    }
    flash(words[action])
    return redirect(url_for(".give", case_id=case_id, feedback_id=feedback_id), 303)


@bp.post(f"{GIVE}/preview")
@requires("signed_in")
def preview(case_id: int, feedback_id: int) -> str:
    """Show the writer what is in the form as readers would see it; nothing is kept."""
    if not _load(case_id, feedback_id).can_write:
        raise NotFound
    return show_preview()


@bp.post(f"{GIVE}/decline")
@requires("signed_in")
def say_no(case_id: int, feedback_id: int) -> Response | Page:
    """Say no to a request."""
    form = DeclineForm()
    key = form.request_key.data
    try:
        decline(
            db.session(),
            case_id,
            feedback_id,
            form.to_command(),
            actor=current_actor(),
            now=current_now(),
            request_key=key,
        )
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _give_page(case_id, feedback_id, no=form)
    db.session.commit()
    flash(gettext("You said no; nobody asks again. You may change your mind until the packet is sealed."))
    return redirect(url_for(".give", case_id=case_id, feedback_id=feedback_id), 303)


def _ask_page(case_id: int, form: ProposalForm | None = None) -> Page:
    session, actor, now = db.session(), current_actor(), current_now()
    standing = load_standing(session, case_id, actor, now=now)
    search = SearchForm(formdata=request.args)
    search.q.data = clean_line(str(search.q.data or ""))
    page = load_ask_page(session, standing, words=search.q.data, now=now)
    shown = form or ProposalForm(formdata=None)
    html = render_template("feedback/ask.html", page=page, standing=standing, form=shown, search=search)
    return (html, 422) if form is not None else html


def _load(case_id: int, feedback_id: int) -> GivePage:
    standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    return load_give_page(db.session(), standing, feedback_id, now=current_now())


def _give_page(case_id: int, feedback_id: int, form: AnswerForm | None = None, no: DeclineForm | None = None) -> Page:
    page = _load(case_id, feedback_id)
    question = question_of(page)
    shown = form or AnswerForm(formdata=None, data=answer_data(question.answer))
    html = render_template(
        "feedback/give.html",
        page=page,
        question=question,
        following=following(page, question),
        form=shown,
        no=no or DeclineForm(formdata=None),
    )
    return (html, 422) if form is not None or no is not None else html


def _onward(case_id: int, feedback_id: int, criterion: str) -> str:
    then = request.form.get("then", criterion)
    if then == "check" and not is_autosave():
        return url_for(".check", case_id=case_id, feedback_id=feedback_id)
    return url_for(".give", case_id=case_id, feedback_id=feedback_id, criterion=then)
