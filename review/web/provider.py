"""Sign in through an identity provider (OpenID Connect), prove anew who one is, and hear of its logouts."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.config import Settings
from review.config_sign_in import ProviderSettings
from review.domain.errors import NotFound
from review.domain.identity import Attempt, Origin, Proof, ProviderAway, ProviderSaysNo, TokenRefused, why_nobody
from review.extensions import csrf, db
from review.queries.sign_ins import CurrentSignIn
from review.services.identities import STATE_KEPT, confirm_with, end_by_notice, sign_in_with, spend
from review.services.sign_ins import renew_token
from review.web.answers import is_own_path
from review.web.browser_kind import find_browser_kind
from review.web.guards import current_now, current_sign_in, public, remember, renew, requires
from review.web.mount import public_address, root

if TYPE_CHECKING:
    from review.adapters.oidc import IdentityProvider

bp = Blueprint("provider", __name__)
ATTEMPTS = "attempts"
MOST_ATTEMPTS = 3
"""Tabs in which one may be on the way at once; the cookie holds no more."""
LONGEST_TARGET = 500
LASTS = timedelta(minutes=15)
AWAY = frozenset({"server_error", "temporarily_unavailable"})
"""Errors of RFC 6749, 4.1.2.1, by which a provider says that it cannot answer; the others are a no."""


class Refusal(StrEnum):
    """Why the way back from the provider ends on a page that says so."""

    STALE = "stale"
    UNPROVED = "unproved"
    NO = "no"
    UNKNOWN = "unknown"
    LEFT = "left"


@bp.get("/sign-in/provider")
@public
def start() -> Response:
    """Send somebody to the provider."""
    target = request.args.get("next", "")
    if current_sign_in() is not None:
        return redirect(target if is_own_path(target) else f"{root()}/", 303)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":  # another site's link signs nobody in unasked
        return redirect(url_for("sign_in.show", next=target if is_own_path(target) else None), 303)
    return _send_off(target if is_own_path(target) and len(target) <= LONGEST_TARGET else f"{root()}/")


@bp.get("/sign-in/provider/confirm")
@requires("signed_in")
def confirm() -> Response:
    """Send somebody who is signed in to the provider, to prove anew who they are."""
    return _send_off(url_for(".confirmed"), is_confirming=True)


@bp.get("/sign-in/provider/confirmed")
@requires("signed_in")
def confirmed() -> str:
    """Say that one may go on in the other tab."""
    return render_template("sign_in/confirmed.html")


@bp.get("/sign-in/provider/back")
@public
def back() -> Response:
    """Take somebody in who comes back from the provider.

    It is a GET by the standard, and the only one that writes: what it spends first holds the lock from the start.
    """
    attempt, sign_in = _take_attempt(request.args.get("state", "")), current_sign_in()
    if attempt is None:
        return _refuse(400, "the state is not one of this browser's", Refusal.STALE)
    try:
        proof = _redeem(attempt)
        return _note_confirmed(attempt, proof, sign_in) if attempt.is_confirming else _let_in(attempt, proof)
    except TokenRefused as refused:
        return _refuse(400, str(refused), Refusal.UNPROVED if attempt.is_confirming else Refusal.STALE)
    except ProviderSaysNo as no:
        return _refuse(403, str(no), Refusal.NO)
    except ProviderAway as away:
        return _tell_away(away)


@bp.post("/sign-in/provider/sign-out")
@public
def hear_logout() -> Response:
    """End the sign-ins of somebody who has signed out at the provider (back-channel logout)."""
    now = current_now()
    try:
        notice = _provider().read_logout(request.form.get("logout_token", ""), now=now)
        end_by_notice(db.session(), notice, now=now)
    except TokenRefused as refused:
        db.session.rollback()
        current_app.logger.warning("a logout was refused: %s", refused)
        return make_response(jsonify(error="invalid_request"), 400)
    except ProviderAway as away:
        current_app.logger.warning("a logout could not be checked: %s", away)
        return make_response(jsonify(error="temporarily_unavailable"), 503)
    db.session.commit()
    return make_response(b"", 200)


csrf.exempt(hear_logout)  # the token says who sends it, and no browser does


@bp.get("/sign-out/provider")
@public
def leave() -> Response:
    """Sign out of the provider, too."""
    try:
        address = _provider().find_sign_out(public_address(url_for("sign_in.show")), now=current_now())
    except ProviderAway as away:
        return _tell_away(away)
    return redirect(address or url_for("sign_in.show"), 303)


def _settings() -> ProviderSettings:
    settings: Settings = current_app.extensions["settings"]
    if settings.sign_in.provider is None:
        raise NotFound
    return settings.sign_in.provider


def _provider() -> IdentityProvider:
    """Return the provider of this process; what talks to it is loaded with the first who signs in there."""
    settings = _settings()
    from review.adapters.oidc import IdentityProvider

    kept: dict[str, Any] = current_app.extensions
    if "provider" not in kept:
        kept["provider"] = IdentityProvider(settings, public_address(url_for(".back")))
    found: IdentityProvider = kept["provider"]
    return found


def _send_off(target: str, *, is_confirming: bool = False) -> Response:
    now = current_now()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    attempt = Attempt(state, nonce, verifier, target, now, is_confirming)
    db.session.rollback()
    try:
        address = _provider().find_start(attempt, now=now)
    except ProviderAway as away:
        return _tell_away(away)
    kept = {**asdict(attempt), "started_at": now.timestamp()}
    session[ATTEMPTS] = [*session.get(ATTEMPTS, []), kept][-MOST_ATTEMPTS:]
    return redirect(address, 303)


def _take_attempt(state: str) -> Attempt | None:
    """Take the attempt with this state out of the cookie, unless it is too old."""
    kept = session.get(ATTEMPTS, [])
    found = next((each for each in kept if secrets.compare_digest(each["state"].encode(), state.encode())), None)
    if found is None:
        return None
    session[ATTEMPTS] = [each for each in kept if each is not found]
    attempt = replace(Attempt(**found), started_at=datetime.fromtimestamp(found["started_at"], UTC))
    return attempt if current_now() - attempt.started_at <= LASTS else None


def _redeem(attempt: Attempt) -> Proof:
    """Return what the provider proves, once; while it is asked, no transaction is open and nobody waits for us."""
    now, code = current_now(), request.args.get("code")
    db.session.rollback()
    provider = _provider()
    provider.check_sender(request.args.get("iss"), now=now)
    if (error := request.args.get("error", "")[:60]) in AWAY:
        raise ProviderAway(f"the provider says {error}")
    if error or not code:
        raise ProviderSaysNo(f"the provider says no: {error}")
    proof = provider.redeem(code, attempt, now=now)
    if not spend(db.session(), f"state {attempt.state}", until_at=now + STATE_KEPT, now=now):
        raise TokenRefused("this has come before")
    return proof


def _let_in(attempt: Attempt, proof: Proof) -> Response:
    origin, claim = Origin(find_browser_kind(), proof), _settings().link_claim
    result = sign_in_with(db.session(), origin, link_claim=claim, now=current_now())
    if result.token is None or result.person_id is None:
        has_left = result.person_id is not None
        reason = f"person {result.person_id} has left" if has_left else why_nobody(proof, claim)
        return _refuse(403, reason, Refusal.LEFT if has_left else Refusal.UNKNOWN, subject=proof.subject)
    db.session.commit()
    remember(result.token, result.person_id)
    return redirect(attempt.target, 303)


def _note_confirmed(attempt: Attempt, proof: Proof, sign_in: CurrentSignIn | None) -> Response:
    if sign_in is None:
        raise TokenRefused("the sign-in has ended meanwhile")
    confirm_with(db.session(), sign_in.id, proof, actor=sign_in.actor, now=current_now())
    token = renew_token(db.session(), sign_in.id, now=current_now())
    db.session.commit()
    renew(token)
    return redirect(attempt.target, 303)


def _refuse(status: int, reason: str, refusal: Refusal, *, subject: str = "") -> Response:
    db.session.rollback()
    current_app.logger.warning("a sign-in through the provider was refused: %s", reason)
    g.is_plain = True
    about = {"subject": subject, "provider": _settings().name, "is_in": current_sign_in() is not None}
    return make_response(render_template("sign_in/refused.html", refusal=refusal, **about), status)


def _tell_away(away: ProviderAway) -> Response:
    db.session.rollback()
    current_app.logger.error("the identity provider: %s", away)
    g.is_plain = True
    title = gettext("%(name)s does not answer at the moment", name=_settings().name)
    lede = gettext("Nobody can sign in through it until it does. Wait a minute and try again.")
    answer = make_response(render_template("errors/told.html", title=title, lede=lede), 503)
    answer.headers["Retry-After"] = "60"
    return answer
