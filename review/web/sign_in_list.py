"""Where one is signed in: the browsers, and ending one or all the others."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.extensions import db
from review.queries.sign_ins import list_own_sign_ins
from review.services.sign_in_list import end_other_sign_ins, end_own_sign_in
from review.web.browser_kind import name_browser
from review.web.guards import current_actor, current_now, current_sign_in, load_or_404, proved, requires

bp = Blueprint("sign_in_list", __name__, url_prefix="/preferences/sign-ins")


@bp.get("")
@requires("signed_in")
def show() -> str:
    """Show where one is signed in, this browser first."""
    here = load_or_404(current_sign_in())
    since = current_now() - current_app.extensions["settings"].sign_in.life
    rows = list_own_sign_ins(db.session(), current_actor(), here.id, since=since)
    return render_template("preferences/sign_ins.html", rows=rows, here_id=here.id, name_browser=name_browser)


@bp.post("/<int:sign_in_id>/end")
@requires("signed_in")
@proved
def end(sign_in_id: int) -> Response:
    """End one of them."""
    end_own_sign_in(db.session(), sign_in_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("That browser is signed out."))
    return redirect(url_for(".show"), 303)


@bp.post("/end-others")
@requires("signed_in")
@proved
def end_others() -> Response:
    """End all but this one."""
    end_other_sign_ins(db.session(), load_or_404(current_sign_in()).id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("You are signed in here only."))
    return redirect(url_for(".show"), 303)
