"""From the tree of errors to pages and statuses; the only module that knows which is which.

What somebody typed is never lost: refusals after a POST give it back in a form that sends it again.
"""

from __future__ import annotations

import secrets
import sys
from typing import Any, cast

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request, session
from flask_babel import gettext
from flask_login import current_user, logout_user
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as UnknownAddress

from review.adapters.connections import is_away
from review.domain.errors import Conflict, Invalid, NoLongerHere, NotAllowed, NotFound, TransitionRefused
from review.domain.values import dataclass
from review.extensions import db, let_go
from review.forms.base import HouseForm, clean_sent, find_label, is_written, label_unread
from review.web.answers import is_autosave
from review.web.differences import mark_additions, mark_changes
from review.web.mount import here, root
from review.web.words import default_scale

NEVER_KEPT = frozenset({"csrf_token", "password", "current", "new"})
ROOMS_WITHOUT_TEXT = frozenset({"sign_in", "preferences"})
HELD = "held"
"""In the cookie of who was signed out while writing: a page is open that holds their text and a token."""
RATINGS = frozenset({"rating", "value"})
WHY = frozenset({"note", "reason"})
"""What fields for text begin with that a page has without a form of their own."""
MOST_HIDDEN = 60
"""Longer values, those with a space or beyond ASCII, and those of fields for text are shown when they come back; other
short words are choices and numbers."""


@dataclass(frozen=True)
class KeptField:
    """One value that was sent, to be sent again."""

    name: str
    label: str
    value: str
    is_text: bool
    rows: int


@dataclass(frozen=True)
class ConflictField:
    """One field of which two versions exist: what is stored, the way from it to what was just sent, and the latter.

    One that is chosen has `choices`, value and word.
    """

    name: str
    label: str
    theirs: list[tuple[str, str]]
    mine: list[tuple[str, str]]
    text: str
    choices: tuple[tuple[str, str], ...]


def show_not_found(_error: object = None) -> Response:
    """Answer with the one 404 page: its bytes depend on neither the address nor the reason.

    What somebody had typed into a form that does not work any more is in it to copy.
    """
    g.is_plain = True
    try:
        kept = _kept_fields(frozenset())
    except RequestEntityTooLarge as error:  # nobody had read it before
        return show_told(error)
    typed = [field.value for field in kept if field.is_text and field.value.strip()]
    return make_response(render_template("errors/not_found.html", typed=typed), 404)


def show_not_allowed(error: NotAllowed) -> Response:
    """Answer 403 with the reasons, or the 404 page when the actor may not know of the thing."""
    if not error.is_known:
        return show_not_found()
    title = gettext("This is not yours to do")
    return _refuse(403, title, gettext("Nothing was changed."), [(False, reason) for reason in error.reasons])


def show_refused(error: TransitionRefused) -> Response:
    """Answer 409 with what is missing."""
    title = gettext("This cannot be done now")
    lede = gettext("Nothing was changed. It becomes possible when all of these are met.")
    return _refuse(409, title, lede, [(False, reason) for reason in error.reasons])


def show_invalid(error: Invalid) -> Response:
    """Answer 422 with every fault and its place, and what was sent, to be put right."""
    db.session.rollback()
    page = render_template("errors/invalid.html", faults=error.faults, **repeat_request())
    return make_response(page, 422)


def show_conflict(error: Conflict) -> Response:
    """Answer 409 with both versions side by side and a field to write them together."""
    db.session.rollback()
    names = [name for name, mine in error.mine.items() if mine != error.theirs.get(name, "")]
    fields = [_conflict_field(error, name) for name in names]
    values = repeat_request(leave_out=frozenset({"version", *names}))
    page = render_template(
        "errors/conflict.html", fields=fields, version=error.version, saved_by=error.saved_by, **values
    )
    return make_response(page, 409)


def _conflict_field(error: Conflict, name: str) -> ConflictField:
    choices, sent = error.choices.get(name) or _ratings(name), error.mine[name]
    theirs, mine = (choices.get(value, value) for value in (error.theirs.get(name, ""), sent))
    pieces = mark_additions(mine, theirs), mark_changes(theirs, mine)
    return ConflictField(name, _label(name), *pieces, sent, tuple(choices.items()))


def show_stale(_error: StaleDataError) -> Response:
    """Answer 409 when a row changed between reading and writing and no version came with the form."""
    return _keep(
        409, gettext("Someone else saved first"), gettext("Nothing of yours was saved yet. Look at what is there now.")
    )


def show_expired(_error: object = None) -> Response:
    """Answer a POST whose session or token has ended: what was typed is in the page, ready to be sent again.

    The token in it stays good for who signs in beside it, see guards.remember().

    A form that saves while somebody types keeps its text itself and is given the token of now.
    """
    has_ended = not cast(Any, current_user).is_authenticated
    if is_autosave() and not has_ended:
        return make_response(jsonify(token=generate_csrf()), 400)
    if not has_ended:
        about = (request.endpoint, request.remote_addr)
        current_app.logger.warning("a form without its token was refused: %s, from %s", *about)
    title = gettext("You were signed out while writing") if has_ended else gettext("This form had become too old")
    lede = gettext("Nothing was saved yet. Look it over and send it again.")
    if has_ended and _is_own():
        session[HELD] = True
    return _keep(401 if has_ended else 400, title, lede, has_ended=has_ended)


def show_no_longer_here(_error: NoLongerHere) -> Response:
    """Answer somebody who was put out while their request was on its way as the next one will be."""
    db.session.rollback()
    logout_user()
    return show_expired()


def show_away(error: DBAPIError | NoneFree) -> Response:
    """Answer 503 when the database is away, locked or full: nothing was saved, the text stays in the page."""
    if not is_away(error):
        raise error
    current_app.logger.error("the database did not answer: %s %s", request.method, request.path, exc_info=True)
    lede = gettext("Nothing was saved yet. Wait a minute and send it again.")
    answer = _keep(503, gettext("Dualtrack cannot save at the moment"), lede)
    answer.headers["Retry-After"] = "60"
    return answer


def show_broken(_error: object) -> Response:
    """Answer 500 with a number that finds the entry in the log, and no other detail."""
    number = secrets.token_hex(4)
    current_app.logger.error("broken page %s: %s %s", number, request.method, request.path)
    g.is_plain = True
    return make_response(render_template("errors/broken.html", number=number), 500)


def show_told(error: HTTPException) -> Response:
    """Answer any other HTTP error in one sentence of our own; headers such as Allow stay."""
    sentences = {
        413: gettext("This is larger than Dualtrack accepts"),
        429: gettext("Too many attempts; wait a few minutes"),
        405: gettext("This address is not called like that"),
    }
    g.is_plain = True
    title = sentences.get(error.code or 400, gettext("This could not be understood"))
    page = render_template("errors/told.html", title=title, lede=gettext("Nothing was changed."))
    answer = make_response(page, error.code or 400)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def page_above(path: str, *, from_parent: bool) -> str:
    """Return the nearest page at or above an address, by the routes there are."""
    adapter = current_app.url_map.bind("")
    parts = [part for part in path.split("/") if part]
    for end in range(len(parts) - (1 if from_parent else 0), 0, -1):
        candidate = "/" + "/".join(parts[:end])
        if adapter.test(candidate, "GET"):
            return candidate
    return "/"


def _refuse(status: int, title: str, lede: str, reasons: list[tuple[bool, object]]) -> Response:
    db.session.rollback()
    g.refused_for = [reason for _is_met, reason in reasons]
    again = repeat_request()
    has_text = any(field.is_text for field in again["kept"])
    again["kept"] = again["kept"] if has_text else []
    page = render_template("errors/refused.html", title=title, lede=lede, reasons=reasons, **again)
    return make_response(page, status)


def _keep(status: int, title: str, lede: str, *, has_ended: bool = False) -> Response:
    let_go()
    g.is_plain = True
    values = repeat_request()
    return make_response(
        render_template("errors/kept.html", title=title, lede=lede, has_ended=has_ended, **values), status
    )


def repeat_request(leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return where to send the form again, what to send, and the page to go back to."""
    return {"again": here(), "kept": _kept_fields(leave_out), "back": _back()}


def _kept_fields(leave_out: frozenset[str]) -> list[KeptField]:
    """Return what was sent; nothing if it came from another site, or from a room where people type secrets."""
    if request.method != "POST" or not _is_own() or request.blueprint in ROOMS_WITHOUT_TEXT:
        return []
    sent = list(request.form.items(multi=True))
    label_unread(_forms_of_room(), [name for name, _ in sent if find_label(name) is None])
    return [
        _keep_field(clean_sent(name), clean_sent(value)) for name, value in sent if name not in NEVER_KEPT | leave_out
    ]


def _is_own() -> bool:
    """Tell whether the request comes from a page of this installation."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def _forms_of_room() -> list[type[HouseForm]]:
    """Return the forms that are sent to the room of this request, in the order in which it names them."""
    view = current_app.view_functions.get(request.endpoint or "")
    room = vars(sys.modules[view.__module__]) if view is not None else {}
    return [each for each in room.values() if isinstance(each, type) and issubclass(each, HouseForm)]


def _keep_field(name: str, value: str) -> KeptField:
    is_word = value.isascii() and not any(map(str.isspace, value.strip()))
    is_text = is_written(name) or name.partition("-")[0] in WHY or len(value) > MOST_HIDDEN or not is_word
    return KeptField(name, _label(name), value, is_text, min(12, 3 + value.count("\n") + len(value) // 90))


def _ratings(name: str) -> dict[str, str]:
    """Return the words of what a field that holds a rating can be."""
    if name not in RATINGS:
        return {}
    words = {str(point.value): point.word for point in default_scale()}
    return {"": gettext("No rating yet"), **words, "0": gettext("Cannot tell")}


def _label(name: str) -> str:
    """Return what the form calls a field; one that no form of this request knows is called by its own name."""
    label = find_label(name)
    if label:
        return label
    kind, _, of = name.partition("-")
    words = {"note": gettext("Why"), "reason": gettext("Reasons")}.get(kind)  # those in WHY
    if words is None:
        return name.replace("_", " ").replace("-", " ").capitalize()
    return f"{words} ({of.replace('-', ' ')})" if of else words


def _back() -> str:
    """Return the page to go back to: the one whose form was sent, at the place it was sent from, or one above."""
    page = page_above(request.path, from_parent=request.method != "POST")
    return here() if page == request.path else root() + page


def init_app(app: Flask) -> None:
    """Show each error of the tree, and of HTTP, as one of these pages."""
    app.register_error_handler(NotFound, show_not_found)
    app.register_error_handler(UnknownAddress, show_not_found)
    app.register_error_handler(NotAllowed, show_not_allowed)
    app.register_error_handler(TransitionRefused, show_refused)
    app.register_error_handler(Invalid, show_invalid)
    app.register_error_handler(Conflict, show_conflict)
    app.register_error_handler(StaleDataError, show_stale)
    app.register_error_handler(CSRFError, show_expired)
    app.register_error_handler(NoLongerHere, show_no_longer_here)
    app.register_error_handler(DBAPIError, show_away)
    app.register_error_handler(NoneFree, show_away)
    app.register_error_handler(InternalServerError, show_broken)
    app.register_error_handler(HTTPException, show_told)
