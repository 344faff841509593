"""Sign in with a password, or as one of the cast in a demo; sign out."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.identity import Origin
from review.domain.numbers import whole_number
from review.extensions import db
from review.forms.sign_in import SignInForm
from review.queries.people import demo_cast
from review.services.sign_ins import end_sign_in, open_sign_in, try_sign_in
from review.web.answers import is_own_path
from review.web.browser_kind import find_browser_kind
from review.web.guards import PERSON, current_actor, current_now, current_sign_in, public, remember, requires
from review.web.mount import root

bp = Blueprint("sign_in", __name__)


@bp.get("/sign-in")
@public
def show() -> str | Response:
    """Show the sign-in; somebody already signed in is sent on."""
    target = request.args.get("next", "")
    if current_sign_in() is not None:
        return redirect(target if is_own_path(target) else f"{root()}/", 303)
    return _page(SignInForm(data={"next": target}))


@bp.post("/sign-in")
@public
def enter() -> Response | tuple[str, int]:
    """Check the password; one sentence for every failure, so that nobody learns which accounts there are."""
    if not current_app.extensions["settings"].sign_in.has_passwords:
        abort(404)
    form = SignInForm()
    if not form.validate():
        return _page(form), 422
    given = form.to_command()
    now = current_now()
    address, origin = request.remote_addr or "", Origin(find_browser_kind())
    result = try_sign_in(db.session(), given.email, given.password, address=address, now=now, origin=origin)
    db.session.commit()
    if result.token is None:
        why = "too many failures" if result.is_throttled else "it does not fit"
        whose = "nobody here" if result.person_id is None else f"person {result.person_id}"
        current_app.logger.warning("a password was refused at the sign-in: %s, of %s, from %s", why, whose, address)
    if result.is_throttled:
        return _page(form, gettext("Too many attempts. Wait a quarter of an hour, then try again.")), 429
    if result.token is None or result.person_id is None:
        return _page(form, gettext("E-mail and password do not go together.")), 422
    remember(result.token, result.person_id)
    return _go_on(form.next.data or "")


@bp.post("/sign-in/demo")
@public
def enter_as() -> Response:
    """Sign in as one of the cast; only where the installation is a demo on one machine."""
    if not current_app.extensions["settings"].is_demo:
        abort(404)
    person_id = request.form.get("person_id", type=whole_number)
    if person_id is None or person_id not in {member.person_id for member in demo_cast(db.session())}:
        abort(404)
    origin = Origin(find_browser_kind())
    token = open_sign_in(db.session(), person_id, now=current_now(), origin=origin)
    db.session.commit()
    remember(token, person_id)
    return _go_on("")


@bp.post("/sign-out")
@requires("signed_in")
def leave() -> Response:
    """End this sign-in for good; others of the same person stay open."""
    sign_in = current_sign_in()
    if sign_in is not None:
        end_sign_in(db.session(), sign_in.id, actor=current_actor(), now=current_now())
        db.session.commit()
    session.clear()
    if sign_in is not None:
        session[PERSON] = sign_in.actor.person_id  # another person's sign-in takes no form of this one over
    flash(gettext("You are signed out."))
    came_from = "provider" if sign_in is not None and sign_in.issuer is not None else None
    answer = redirect(url_for(".show", left=came_from), 303)
    answer.headers["Clear-Site-Data"] = '"cache"'  # lists that the browser has kept to be asked for again
    return answer


def _go_on(target: str) -> Response:
    return redirect(target if is_own_path(target) else f"{root()}/", 303)


def _page(form: SignInForm, refusal: str = "") -> str:
    settings = current_app.extensions["settings"]
    members = demo_cast(db.session()) if settings.is_demo else ()
    cast = [(group, list(rows)) for group, rows in groupby(members, key=attrgetter("group"))]
    return render_template(
        "sign_in/show.html",
        form=form,
        refusal=refusal,
        cast=cast,
        provider=settings.sign_in.provider,
        has_passwords=settings.sign_in.has_passwords,
        has_left=request.args.get("left") == "provider",
    )
