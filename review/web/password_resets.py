"""A forgotten password: asked for by e-mail, set anew by the link in the mail."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid, NotFound
from review.extensions import db
from review.forms.sign_in import ForgottenForm, NewPasswordForm
from review.services.password_links import PLACE
from review.services.password_resets import ask_for_reset, find_reset, use_reset
from review.web.faults import put_beside
from review.web.guards import current_now, public

bp = Blueprint("password_resets", __name__)


@bp.get("/sign-in/forgotten")
@public
def ask() -> str:
    """Ask for the e-mail."""
    _need_passwords()
    return _ask_page(ForgottenForm(formdata=None))


@bp.post("/sign-in/forgotten")
@public
def send() -> Response | tuple[str, int]:
    """Mail a link, and say the same whether anybody has this e-mail or not."""
    _need_passwords()
    form = ForgottenForm()
    if not form.validate():
        return _ask_page(form), 422
    address, now = request.remote_addr or "", current_now()
    ask_for_reset(db.session(), str(form.email.data), address=address, now=now, issuer=_issuer())
    db.session.commit()
    flash(gettext("If somebody here has this e-mail, a link is on its way. It is good for one hour."))
    return redirect(url_for("sign_in.show"), 303)


@bp.get(f"{PLACE}<token>")
@public
def show(token: str) -> Response:
    """Ask for the new password; looking at the page uses nothing up."""
    return _page(token, NewPasswordForm(formdata=None))


@bp.post(f"{PLACE}<token>")
@public
def choose(token: str) -> Response:
    """Set the password anew; every sign-in of the person ends."""
    _need_passwords()
    form = NewPasswordForm()
    if not form.validate():
        return _page(token, form, 422)
    try:
        use_reset(db.session(), token, str(form.new.data), now=current_now(), issuer=_issuer())
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(token, form, 422)
    except NotFound:
        db.session.rollback()
        return _page(token, form)
    db.session.commit()
    flash(gettext("Your new password is set, and every browser is signed out. Sign in with it."))
    return redirect(url_for("sign_in.show"), 303)


def _need_passwords() -> None:
    if not current_app.extensions["settings"].sign_in.has_passwords:
        raise NotFound


def _ask_page(form: ForgottenForm) -> str:
    provider = current_app.extensions["settings"].sign_in.provider
    return render_template("sign_in/forgotten.html", form=form, provider=provider)


def _issuer() -> str:
    """Return the identity provider's address, nothing where there is none."""
    provider = current_app.extensions["settings"].sign_in.provider
    return provider.issuer if provider is not None else ""


def _page(token: str, form: NewPasswordForm, status: int = 200) -> Response:
    _need_passwords()
    if find_reset(db.session(), token, now=current_now(), issuer=_issuer()) is None:
        return make_response(render_template("sign_in/link_used.html"), 410)
    return make_response(render_template("sign_in/new_password.html", form=form), status)
