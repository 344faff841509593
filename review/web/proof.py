"""Before an act that cannot be taken back: has the person proved lately who they are? If not, they are asked first.

What was typed is in the page that asks, and goes on with the proof. In a demo nobody has a password, and nobody is
asked.
"""

from __future__ import annotations

from flask import Flask, current_app, g, make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.config import Settings
from review.extensions import db
from review.queries.sign_ins import CurrentSignIn
from review.services.sign_ins import ProofResult, prove_by_password, renew_token
from review.web.errors import repeat_request
from review.web.guards import current_now, current_sign_in, renew

FIELD = "current"
"""The field of the password; a page that gives back what was typed never repeats it."""


def ask_for_proof() -> Response | None:
    """Let the request through, or show the page that asks who is there."""
    view = current_app.view_functions.get(request.endpoint or "")
    settings: Settings = current_app.extensions["settings"]
    if settings.is_demo or not getattr(view, "needs_proof", False):
        return None
    sign_in = current_sign_in()
    if sign_in is None:
        return None
    if current_now() - sign_in.confirmed_at <= settings.sign_in.confirm_within:
        return None
    password = request.form.get(FIELD, "")
    if not password or not settings.sign_in.has_passwords:
        return _ask(sign_in, settings, _say_missing(sign_in, settings) if FIELD in request.form else "")
    return _check(sign_in, settings, password)


def _say_missing(sign_in: CurrentSignIn, settings: Settings) -> str:
    """Return what is missing for somebody who goes on without a proof."""
    if _has_password(sign_in, settings):
        return gettext("Please fill this in")
    provider = settings.sign_in.provider
    return gettext("You have not signed in again at %(name)s yet.", name=provider.name) if provider else ""


def _has_password(sign_in: CurrentSignIn, settings: Settings) -> bool:
    return settings.sign_in.has_passwords and sign_in.issuer is None


def _check(sign_in: CurrentSignIn, settings: Settings, password: str) -> Response | None:
    address, now = request.remote_addr or "", current_now()
    result = prove_by_password(db.session(), sign_in.id, password, actor=sign_in.actor, address=address, now=now)
    token = renew_token(db.session(), sign_in.id, now=now) if result is ProofResult.RIGHT else None
    db.session.commit()
    if token is not None:
        renew(token)
        return None
    about = (result, sign_in.actor.person_id, address)
    current_app.logger.warning("a password was refused as a proof: %s, of person %s, from %s", *about)
    if result is ProofResult.THROTTLED:
        return _ask(sign_in, settings, gettext("Too many attempts. Wait a quarter of an hour, then try again."), 429)
    return _ask(sign_in, settings, gettext("This is not your password."), 422)


def _ask(sign_in: CurrentSignIn, settings: Settings, refusal: str = "", status: int = 401) -> Response:
    g.is_plain = True
    kept = repeat_request()
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", FIELD)]
    page = render_template(
        "sign_in/proof.html",
        refusal=refusal,
        sent=[(name, value) for name, value in sent if name != "password"],
        again=kept["again"],
        back=kept["back"],
        provider=settings.sign_in.provider,
        has_password=_has_password(sign_in, settings),
    )
    return make_response(page, status)


def init_app(app: Flask) -> None:
    """Ask after the guard has let somebody through, and before the view runs."""
    app.before_request(ask_for_proof)
