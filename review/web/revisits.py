"""Lists that a browser keeps: asked for again before anything has happened, they are neither read nor written anew."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, g, make_response, request, session

from review.queries.sign_ins import CurrentSignIn
from review.web.follow import seal_word
from review.web.guards import current_now, current_sign_in
from review.web.shell import IS_KEPT, KEYS, THEME, read_device

View = Callable[..., Any]
START = secrets.token_hex(8)
"""A word for this start of the server, shared by the processes forked from it: another release has other pages."""
FLASHES, FORM_TOKEN = "_flashes", "csrf_token"
QUARTER_MINUTES = 15
"""A page is written anew at each quarter of an hour: its day, and what is late, change by the clock alone."""


def kept_until_news(view: View) -> View:
    """Answer 304 where the browser holds this page as it was written for this reader, and nothing has happened since.

    Every change leaves an event in the trail, so nothing has happened while its last event is the same. Who may not
    open the page is kept out before this is asked.
    """

    @wraps(view)
    def answer(**values: object) -> Response:
        word = _seal()
        if word is None:
            return make_response(view(**values))
        setattr(g, IS_KEPT, True)
        is_held = word in request.if_none_match.as_set(include_weak=True)  # a bare * holds no page
        found = Response(status=304) if is_held else make_response(view(**values))
        found.set_etag(word)
        found.headers["Cache-Control"] = "private, no-cache, must-revalidate"
        return found

    return answer


def _seal() -> str | None:
    """Return the word for what this reader would see here now; None for a page that is written once.

    That is one which tells what was just done, and the first one of a browser, whose forms get their token with it.
    """
    sign_in, token = current_sign_in(), session.get(FORM_TOKEN)
    if sign_in is None or token is None or FLASHES in session:
        return None
    now = current_now()
    return seal_word(
        request.full_path,
        sign_in.newest,
        *_frame(sign_in),
        token,
        read_device(THEME),
        read_device(KEYS),
        request.headers.get("Accept-Language"),
        START,
        (now.date(), now.hour, now.minute // QUARTER_MINUTES),
    )


def _frame(sign_in: CurrentSignIn) -> tuple[object, ...]:
    """Return what stands around the page of a reader."""
    return sign_in.id, sign_in.actor.name, sign_in.title, sign_in.locale, sign_in.zone, sign_in.jobs
