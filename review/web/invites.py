"""Asking somebody outside the company: the form, who is asked from outside, and their links."""

from __future__ import annotations

from babel import Locale
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.extensions import db
from review.forms.outside import InviteForm
from review.queries.outside import load_invite_page
from review.queries.standing import load_standing
from review.services.feedback_outside import change_link, invite_outsider
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("invites", __name__)
INVITE = "/cases/<int:case_id>/ask/outside"
Page = str | tuple[str, int]


@bp.get(INVITE)
@requires("signed_in")
def invite(case_id: int) -> Page:
    """Show who is asked from outside, and the form to ask one more."""
    return _invite_page(case_id)


@bp.post(INVITE)
@requires("signed_in")
def ask(case_id: int) -> Response | Page:
    """Propose somebody from outside, or ask them at once as manager or HR."""
    form, key = _invite_form(), request.form.get("request_key")
    try:
        given = form.to_command()
        invite_outsider(db.session(), case_id, given, actor=current_actor(), now=current_now(), request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _invite_page(case_id, form)
    db.session.commit()
    flash(gettext("They are on the list."))
    return redirect(url_for(".invite", case_id=case_id), 303)


@bp.post(f"{INVITE}/<int:feedback_id>/<any(revoke, renew):action>")
@requires("signed_in")
def change(case_id: int, feedback_id: int, action: str) -> Response:
    """Take the link of a request back, or mail a new one."""
    key = request.form.get("request_key")
    change_link(db.session(), case_id, feedback_id, action, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    words = {"revoke": gettext("The link opens nothing any more."), "renew": gettext("A new link is on its way.")}
    flash(words[action])
    return redirect(url_for(".invite", case_id=case_id), 303)


def _invite_form() -> InviteForm:
    names = [(code, Locale.parse(code).get_display_name()) for code in current_app.extensions["languages"]]
    return InviteForm(languages=[(code, (name or code).capitalize()) for code, name in names])


def _invite_page(case_id: int, form: InviteForm | None = None) -> Page:
    standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    page = load_invite_page(db.session(), standing)
    html = render_template("outside/invite.html", page=page, standing=standing, form=form or _invite_form())
    return (html, 422) if form is not None else html
