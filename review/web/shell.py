"""What every page has around it: the person, the navigation, the theme, and the addresses of static files."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from flask import Flask, current_app, g, request
from flask_babel import get_babel, get_locale, gettext

from review.domain.access import Role
from review.domain.values import dataclass
from review.extensions import babel
from review.queries.api_tokens import KEEPERS
from review.queries.navigation import Jobs
from review.queries.sign_ins import CurrentSignIn
from review.queries.workflows import PROPOSAL_READERS
from review.web.guards import current_now, current_sign_in, held_roles
from review.web.mount import root
from review.web.words import initials

THEMES = frozenset({"light", "dark"})
THEME, KEYS = "theme", "keys"
"""What is kept on a device alone."""
REHEARSAL = "dualtrack.rehearsal"
"""Where a request within a rehearsal has what stands above its pages; nobody sends this along."""
IS_KEPT = "is_kept"
"""Where a request notes that the reader's browser may keep its page."""
DIGEST_LENGTH = 12
KEPT_NAVIGATIONS = 256
"""How many persons' jobs a process remembers in words."""
KEPT_LOCALES = 64
SEES_TRAIL = frozenset({Role.HR, Role.AUDITOR, Role.IT_ADMIN})
LOOKS_AFTER_PRINTING = frozenset({Role.HR, Role.IT_ADMIN})
PLACES = (
    (Role.CANDIDATE, "case"),
    (Role.CHAIR, "committee"),
    (Role.MEMBER, "committee"),
    (Role.MANAGER, "team"),
    (Role.HR, "cycle"),
)
"""To which job the pages of a case belong for whom; of several the first that is offered."""


@dataclass(frozen=True)
class ViewerRow:
    """The person at this browser, as the frame of the page shows them."""

    id: int
    name: str
    title: str
    initials: str


@dataclass(frozen=True)
class Over:
    """In how many seconds a page is over: when nobody uses it, and however much it is used."""

    idle: int
    life: int


@dataclass(frozen=True)
class NavItem:
    """One job in the navigation; `count` waits for the viewer, `is_due` when something of it is due within a week."""

    key: str
    label: str
    icon: str
    href: str
    count: int = 0
    is_due: bool = False


def navigation(sign_in: CurrentSignIn) -> tuple[NavItem, ...]:
    """Return the jobs of a person; a job without content is left out."""
    language = babel.domain_instance.get_translations()
    return _offer(language, root(), sign_in.jobs, sign_in.actor.roles, held_roles(sign_in.actor))


@lru_cache(KEPT_NAVIGATIONS)
def _offer(_language: object, base: str, jobs: Jobs, own: frozenset[str], held: frozenset[str]) -> tuple[NavItem, ...]:
    """Return the jobs in the language of this request, which is the one given: every page of a person shows the same.

    Args:
        own: the person's roles; `held` has those lent to them, too.
    """
    offered = [
        (True, NavItem("todo", gettext("To do"), "todo", f"{base}/")),
        (jobs.own_case_id, NavItem("case", gettext("My case"), "case", f"{base}/cases/{jobs.own_case_id}")),
        (jobs.has_been_asked, NavItem("asked", gettext("Asked of me"), "ask", f"{base}/asked", jobs.asked)),
        (jobs.has_reports, NavItem("team", gettext("My team"), "team", f"{base}/team")),
        (jobs.is_on_committee, NavItem("committee", gettext("Committee"), "comm", f"{base}/committee")),
        (True, NavItem("cycle", gettext("Cycles"), "cycle", f"{base}/cycles")),
        (True, NavItem("ladders", gettext("Ladders"), "ladder", f"{base}/ladders")),
        (held.intersection(PROPOSAL_READERS), NavItem("workflows", gettext("Workflows"), "flow", f"{base}/workflows")),
        (Role.HR in held, NavItem("words", gettext("Words"), "words", f"{base}/words")),
        (True, NavItem("people", gettext("People"), "people", f"{base}/people")),
        (held & SEES_TRAIL, NavItem("audit", gettext("Record"), "doc", f"{base}/audit")),
        (
            own & LOOKS_AFTER_PRINTING,
            NavItem("printing", gettext("Printing"), "print", f"{base}/printing"),
        ),
        (
            own & KEEPERS,
            NavItem("integrations", gettext("Integrations"), "gear", f"{base}/integrations"),
        ),
    ]
    return tuple(item for has_content, item in offered if has_content)


def read_device(name: str) -> str | None:
    """Return what this device keeps of its own, as it was chosen here; None for nothing."""
    return request.cookies.get(current_app.extensions["settings"].name_cookie(name))


def describe_frame() -> dict[str, Any]:
    """Return what base.html needs; nothing of the person when a page is to be the same for everybody."""
    sign_in = None if g.get("is_plain", False) else current_sign_in()
    nav = navigation(sign_in) if sign_in is not None else ()
    theme = read_device(THEME)
    return {
        "viewer": _viewer(sign_in) if sign_in is not None else None,
        "over": _over(sign_in) if sign_in is not None else None,
        "nav": nav,
        "here": _here(nav),
        "theme_cookie": current_app.extensions["settings"].name_cookie(THEME),
        "theme": theme if theme in THEMES else None,
        "is_kept": sign_in is not None and g.get(IS_KEPT, False),
        "has_single_keys": read_device(KEYS) != "off",
        "locale": str(get_locale() or "en").replace("_", "-"),
        "rehearsal": request.environ.get(REHEARSAL),
        "company": current_app.extensions["settings"].company,
    }


def _viewer(sign_in: CurrentSignIn) -> ViewerRow:
    name = sign_in.actor.name
    return ViewerRow(sign_in.actor.person_id or 0, name, sign_in.title, initials(name))


def _over(sign_in: CurrentSignIn) -> Over:
    limits = current_app.extensions["settings"].sign_in
    left = limits.life - (current_now() - sign_in.created_at)
    return Over(int(limits.idle.total_seconds()), int(left.total_seconds()))


def _here(nav: tuple[NavItem, ...]) -> str:
    """Return the key of the job whose address this page is under; a page may set its own."""
    asked, home = root() + request.path, f"{root()}/"
    for item in nav:
        if asked == item.href or (item.href != home and asked.startswith(f"{item.href}/")):
            return item.key
    return ""


def place_of(roles: Collection[str], nav: Sequence[NavItem]) -> str:
    """Return the key of the job that a page of a case belongs to, for who has these roles in it."""
    offered = {item.key for item in nav}
    return next((place for role, place in PLACES if role in roles and place in offered), "todo")


def static_url(path: str) -> str:
    """Return the address of a static file with the digest of its content, so that it may be kept for a year.

    Raises KeyError for a file that is not there.
    """
    return f"{root()}/static/{path}?v={current_app.extensions['static_digests'][path]}"


def new_request_key() -> str:
    """Return a key for one rendered form: sent twice, it takes effect once."""
    return secrets.token_urlsafe(16)


def _digest_files(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:DIGEST_LENGTH]
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def choose_locale() -> Locale | None:
    """Return the reader's language: their own choice, else what their browser asks for among those there are."""
    reader = g.get("outsider") or g.get("sign_in")
    if reader is not None and reader.locale:
        return _read_locale(reader.locale)
    if not request:
        return None
    return _read_locale(request.accept_languages.best_match(current_app.extensions["languages"], default="en"))


@lru_cache(KEPT_LOCALES)
def _read_locale(name: str) -> Locale:
    """Return a language; Babel looks for its file each time that it is asked."""
    return Locale.parse(name)


def choose_zone() -> str | None:
    """Return the reader's time zone, or None for the installation's."""
    reader = g.get("outsider") or g.get("sign_in")
    return reader.zone if reader is not None else None


def init_app(app: Flask) -> None:
    """Put the frame around the pages and read the static files once."""
    app.extensions["static_digests"] = _digest_files(Path(str(app.static_folder)))
    app.context_processor(describe_frame)
    app.jinja_env.globals.update(static_url=static_url, new_request_key=new_request_key, place_of=place_of)
    with app.app_context():
        found = get_babel()
        app.extensions["languages"] = sorted({"en", *(str(locale) for locale in found.instance.list_translations())})
        found.locale_selector, found.timezone_selector = choose_locale, choose_zone
