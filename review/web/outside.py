"""The pages that a link opens to somebody outside the company, without a sign-in: one request, read and answered.

The token in the address is the secret: whoever can send a form there knows it, so these forms need no other token
against forgery, and none that ends while somebody writes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from review.domain.errors import Invalid, NotFound
from review.domain.outside import TooOften
from review.extensions import csrf, db
from review.forms.feedback import AnswerForm, DeclineForm, answer_data
from review.queries.giving import GivePage, load_give_page
from review.queries.outside import OpenLink, find_open_link, has_taken_effect
from review.queries.standing import load_standing
from review.services.feedback_answers import decline, move_own, save_answer
from review.services.feedback_outside import use_link
from review.services.invite_links import end_links, hash_token
from review.web.answers import answer_saved, is_autosave
from review.web.errors import show_told
from review.web.faults import put_beside
from review.web.giver_form import following, question_of, show_preview
from review.web.guards import current_now, public

bp = Blueprint("outside", __name__)
csrf.exempt(bp)
LINK = "/outside/<token>"
TYPED = ("situation", "done", "effect", "link", "words")
OWN_WAYS = {
    "feedback.give": "outside.show",
    "feedback.answer": "outside.answer",
    "feedback.check": "outside.check",
    "feedback.move": "outside.move",
    "feedback.preview": "outside.preview",
    "feedback.say_no": "outside.say_no",
}
"""Where the giver's own pages and forms are for somebody who came by a link."""

Page = str | tuple[str, int]
PageOrAnswer = Response | Page


@bp.get("/outside/done/<any(sent, declined):what>/<on>")
@public
def done(what: str, on: str) -> str:
    """Say thank you, with the day and nothing else."""
    try:
        return render_template("outside/done.html", what=what, on=date.fromisoformat(on))
    except ValueError as error:
        raise NotFound from error


@bp.get(LINK)
@public
def show(token: str) -> Page:
    """Show what the link opens: who reads the answer, then one question at a time."""
    return _give_page(token)


@bp.post(LINK)
@public
def answer(token: str) -> PageOrAnswer:
    """Keep a draft on one criterion; go where the button says."""
    form, criterion = AnswerForm(), request.args.get("criterion", "")
    draft, version, now = form.to_command(), form.version.data or 0, current_now()
    link = _use(token)
    about = (link.case_id, link.feedback_id, criterion, draft)
    try:
        saved = save_answer(db.session(), *about, version=version, actor=link.actor, now=now)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _give_page(token, form)
    db.session.commit()
    return answer_saved(_onward(token, criterion), version=saved, now=now)


@bp.get(f"{LINK}/check")
@public
def check(token: str) -> str:
    """Show what each reader will see, before it is sent."""
    page = _load(_find(token))
    context = {"page": page, "option": page.option("submit"), "url_for": _ways(token)}
    return render_template("feedback/check.html", **context)


@bp.post(f"{LINK}/preview")
@public
def preview(token: str) -> str:
    """Show the writer what is in the form as readers would see it; nothing is kept."""
    _find(token)
    return show_preview()


@bp.post(f"{LINK}/<any(accept, submit):action>")
@public
def move(token: str, action: str) -> Response:
    """Say yes, or send: with that the link has done its work."""
    key, now = request.form.get("request_key"), current_now()
    if action == "submit" and has_taken_effect(db.session(), hash_token(token), key):
        return _thank("sent")
    link = _use(token)
    move_own(db.session(), link.case_id, link.feedback_id, action, actor=link.actor, now=now, request_key=key)
    if action == "submit":
        end_links(db.session(), link.invite_id, now=now)
    db.session.commit()
    return _thank("sent") if action == "submit" else redirect(url_for(".show", token=token), 303)


@bp.post(f"{LINK}/decline")
@public
def say_no(token: str) -> PageOrAnswer:
    """Say no: with that the link has done its work."""
    form, now = DeclineForm(), current_now()
    key = form.request_key.data
    if has_taken_effect(db.session(), hash_token(token), key):
        return _thank("declined")
    link = _use(token)
    given = form.to_command()
    try:
        decline(db.session(), link.case_id, link.feedback_id, given, actor=link.actor, now=now, request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _give_page(token, no=form)
    end_links(db.session(), link.invite_id, now=now)
    db.session.commit()
    return _thank("declined")


@bp.errorhandler(NotFound)
def show_closed(_error: NotFound) -> Response:
    """Answer for every link that opens nothing with one page, whatever the reason; what was typed is in it to copy."""
    db.session.rollback()
    typed = [request.form[name] for name in TYPED if request.form.get(name, "").strip()]
    return make_response(render_template("outside/closed.html", typed=typed), 404)


@bp.errorhandler(TooOften)
def show_too_often(_error: TooOften) -> Response:
    """Answer a link that asks for too much in a minute; what is typed stays in the page that sent it."""
    db.session.rollback()
    return show_told(TooManyRequests())


def _find(token: str) -> OpenLink:
    """Return what a link opens, and read it from here on in its person's language and zone; raise NotFound."""
    link = find_open_link(db.session(), hash_token(token), now=current_now())
    if link is None:
        raise NotFound
    g.outsider = link
    return link


def _use(token: str) -> OpenLink:
    link = use_link(db.session(), token, now=current_now())
    g.outsider = link
    return link


def _load(link: OpenLink) -> GivePage:
    standing = load_standing(db.session(), link.case_id, link.actor, now=current_now())
    return load_give_page(db.session(), standing, link.feedback_id, now=current_now())


def _give_page(token: str, form: AnswerForm | None = None, no: DeclineForm | None = None) -> Page:
    link = _find(token)
    page = _load(link)
    question = question_of(page)
    html = render_template(
        "feedback/give.html",
        page=page,
        question=question,
        following=following(page, question),
        form=form or AnswerForm(formdata=None, data=answer_data(question.answer)),
        no=no or DeclineForm(formdata=None),
        link=link,
        url_for=_ways(token),
    )
    return (html, 422) if form is not None or no is not None else html


def _ways(token: str) -> Callable[..., str]:
    """Return what the giver's pages build addresses with: each of theirs under the link, without case and request."""

    def build(endpoint: str, **values: object) -> str:
        rest = {name: value for name, value in values.items() if name not in ("case_id", "feedback_id")}
        return url_for(OWN_WAYS[endpoint], token=token, **rest)  # type: ignore[arg-type]

    return build


def _onward(token: str, criterion: str) -> str:
    then = request.form.get("then", criterion)
    if then == "check" and not is_autosave():
        return url_for(".check", token=token)
    return url_for(".show", token=token, criterion=then)


def _thank(what: str) -> Response:
    return redirect(url_for(".done", what=what, on=current_now().date().isoformat()), 303)
