"""Who may call a route at all: every view is `@public` or `@requires(…)`, checked in one place before it runs.

What a person may see within a page is decided by the queries and services below, per object.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_login import UserMixin, current_user
from werkzeug.wrappers import Response

from review.config_sign_in import SignInSettings
from review.domain.access import COMPANY_ROLES, LENDABLE, Actor
from review.domain.errors import NotFound
from review.domain.values import dataclass
from review.extensions import db, login_manager, look_up
from review.queries.sign_ins import CurrentSignIn, find_renewed, find_sign_in
from review.services.sign_ins import digest_token, end_replaced, note_use
from review.web.errors import HELD, show_expired
from review.web.mount import here

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])

SIGNED_IN = "signed_in"
NOBODY = Actor(None)
TOKEN = "token"  # noqa: S105 - the name of a place in the cookie
SEEN = "seen"
FOUND = "sign_in"
PERSON = "person"
IDLE, LIFE = SignInSettings().idle, SignInSettings().life
"""How long a browser stays in where the settings say nothing else."""
SEEN_STEP = timedelta(minutes=5)
"""How exactly the cookie keeps the last request: it is rewritten no more often than this."""
USE_STEP = timedelta(minutes=15)
PART = "HX-Request"
"""What an open page sends along when it asks for a part of itself."""
FOR_MACHINES = frozenset({"health", "metrics", "api"})
"""The rooms whose pages are for nobody in particular: who is signed in is not looked up."""
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Guard:
    """Who may call a view: everybody, or signed-in people holding one of the roles (any role when empty)."""

    is_public: bool
    roles: frozenset[str] = frozenset()


class SignedIn(UserMixin):
    """The person at this browser, in the shape that Flask-Login expects."""

    def __init__(self, sign_in: CurrentSignIn) -> None:
        self.sign_in = sign_in
        self.id = sign_in.actor.person_id


def public(view: View) -> View:
    """Open a view to everybody, signed in or not."""
    view.guard = Guard(is_public=True)  # type: ignore[attr-defined]
    return view


def proved(view: View) -> View:
    """Let a view run only when the person has proved lately who they are; else they are asked first (web/proof.py)."""
    view.needs_proof = True  # type: ignore[attr-defined]
    return view


def requires(*names: str) -> Callable[[View], View]:
    """Open a view to signed-in people; with roles of the company, to those who hold one, also for somebody else.

    `requires("signed_in")`, `requires("hr", "auditor")`.
    """
    unknown = set(names) - {SIGNED_IN, *COMPANY_ROLES}
    if unknown or not names:
        raise ValueError(f"not a role to require: {sorted(unknown)}")
    roles = frozenset(names) - {SIGNED_IN}

    def mark(view: View) -> View:
        view.guard = Guard(is_public=False, roles=roles)  # type: ignore[attr-defined]
        return view

    return mark


def current_now() -> datetime:
    """Return the moment of this request: the same however often it is asked."""
    if "now" not in g:
        g.now = current_app.extensions["clock"]()
    moment: datetime = g.now
    return moment


def current_sign_in() -> CurrentSignIn | None:
    """Return the sign-in behind this request, looked up once; None for everybody else."""
    found: CurrentSignIn | None = g.get(FOUND)
    if found is not None:
        return found
    user = cast(Any, current_user)
    return user.sign_in if user.is_authenticated else None


def current_actor() -> Actor:
    """Return who acts: the signed-in person with roles and delegations, or nobody."""
    sign_in = current_sign_in()
    return sign_in.actor if sign_in is not None else NOBODY


def renew(token: str) -> None:
    """Put the token into the cookie that a proof has put in the place of the one before."""
    session[TOKEN] = token


def remember(token: str, person_id: int) -> None:
    """Put a fresh sign-in into the cookie, and end the one that this browser had until now.

    The form token stays when the same person comes back, so that a form that was open meanwhile can still be sent; and
    where nobody had signed in since a page gave back what was typed, so that it is sent with one press.
    """
    is_same = session.get(PERSON) == person_id if PERSON in session else HELD in session
    kept, before = session.get("csrf_token") if is_same else None, session.get(TOKEN)
    if before:
        end_replaced(db.session(), before, now=current_now())
        db.session.commit()
    session.clear()
    session.permanent = True
    session.update({TOKEN: token, PERSON: person_id, SEEN: int(current_now().timestamp())})
    if kept:
        session["csrf_token"] = kept


def load_or_404(found: T | None) -> T:
    """Return what a query found; nothing found, or nothing that this actor may know of, is NotFound."""
    if found is None:
        raise NotFound
    return found


def keep_out() -> Response | None:
    """Let the request through, send it to the sign-in, or answer as if there were no such page."""
    if request.endpoint == "static" or request.blueprint in FOR_MACHINES:
        return None
    actor = current_actor()
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None
    guard: Guard | None = getattr(view, "guard", None)
    if guard is None:
        raise NotFound
    if guard.is_public:
        return None
    if actor.person_id is None:
        return _ask_to_sign_in()
    if guard.roles and not guard.roles & held_roles(actor):
        raise NotFound
    _note_use()
    return _ask_for_new_password()


def held_roles(actor: Actor) -> frozenset[str]:
    """Return the actor's company roles and those lent by the people they act for today."""
    lent = [granted & LENDABLE for granted in actor.delegators.values()]
    return actor.roles.union(*lent) if actor.is_active else frozenset()


def _note_use() -> None:
    """Keep the moment of the last change with the sign-in; a GET never writes."""
    sign_in, now = current_sign_in(), current_now()
    if sign_in is not None and request.method in WRITING and now - sign_in.last_seen_at > USE_STEP:
        note_use(db.session(), sign_in.id, now=now)


def _ask_to_sign_in() -> Response:
    if request.method in WRITING:
        return show_expired()
    if PART in request.headers:  # the sign-in must not be put into the page as one of its parts
        return Response(status=401)
    return redirect(url_for("sign_in.show", next=here()), 303)


def _ask_for_new_password() -> Response | None:
    sign_in = current_sign_in()
    if sign_in is None or not sign_in.must_change_password or sign_in.issuer is not None:
        return None
    if request.blueprint in ("preferences", "sign_in", "provider"):
        return None
    return redirect(url_for("preferences.show", _anchor="password"), 303)


@login_manager.request_loader  # type: ignore[untyped-decorator]
def load_signed_in(_request: object) -> SignedIn | None:
    """Find the person behind the cookie: the row must be open, young enough, and used lately."""
    token = session.get(TOKEN)
    if not token:
        return None
    now = current_now()
    seen = datetime.fromtimestamp(session.get(SEEN, 0), UTC)
    limits: SignInSettings = current_app.extensions["settings"].sign_in
    if now - seen > limits.idle:
        return None
    with look_up() as ahead:
        found = find_sign_in(ahead, digest_token(token), today=now.date())
        if found is None and (renewed := find_renewed(ahead, digest_token(token), now=now)) is not None:
            found = find_sign_in(ahead, renewed, today=now.date())
    if found is None or now - found.created_at > limits.life:
        return None
    if now - seen > SEEN_STEP:
        session[SEEN] = int(now.timestamp())
    setattr(g, FOUND, found)
    return SignedIn(found)


def init_app(app: Flask) -> None:
    """Check every request before its view runs."""
    vars(login_manager)["_session_protection_failed"] = lambda: False  # our own row says whether a browser is signed in
    vars(app.view_functions["static"])["guard"] = Guard(is_public=True)
    app.before_request(keep_out)
    # There is no "remember me" cookie; the hook for it would touch the session and make static files vary by cookie.
    hooks = app.after_request_funcs.get(None, [])
    hooks[:] = [hook for hook in hooks if hook.__name__ != "_update_remember_cookie"]
