"""Who calls: a token says it, and nothing else does; cookies are not looked at."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from review.api.problems import Problem
from review.config import Settings
from review.domain.access import Actor
from review.domain.api_scope import CALLS_A_MINUTE, Scope
from review.domain.errors import NoLongerHere
from review.extensions import db, let_go, look_ahead
from review.queries.actors import find_actor
from review.queries.api_tokens import Caller, find_caller
from review.services.api_tokens import USE_STEP, hash_api_token, note_token_use
from review.services.refusals import record_refusal

CALLER = "api_caller"
COUNTS = "api_counts"
REFUSED = frozenset({403, 404, 409})


@dataclass(frozen=True, slots=True)
class Call:
    """One request: who acts, by which token, at which moment, in which transaction."""

    session: Session
    actor: Actor
    token: Caller
    now: datetime

    @property
    def public_url(self) -> str:
        """Return the address of the installation, without a slash at its end."""
        settings: Settings = current_app.extensions["settings"]
        return settings.public_url


class Counts:
    """How often each token called in this minute; for one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[int, int] = {}

    def is_too_much(self, token_id: int, moment: datetime) -> bool:
        """Count a call, and tell whether it is one too many."""
        minute = int(moment.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            self._counts[token_id] = self._counts.get(token_id, 0) + 1
            return self._counts[token_id] > CALLS_A_MINUTE


def let_in(scope: Scope | None) -> Call:
    """Return who calls; raise Problem without a token that opens something, with too many calls, without the scope."""
    said = request.headers.get("Authorization", "")
    token = said[7:].strip() if said[:7].lower() == "bearer " else ""
    now: datetime = current_app.extensions["clock"]()
    g.now = now
    with look_ahead() as ahead:
        caller = find_caller(ahead, hash_api_token(token), now=now) if token else None
        actor = find_actor(ahead, caller.person_id, today=now.date()) if caller is not None else None
    if caller is None or actor is None:
        raise Problem(401, "no-token", "A token is needed: HR and those who run the installation make one.")
    counts: Counts = current_app.extensions.setdefault(COUNTS, Counts())
    if counts.is_too_much(caller.token_id, now):
        raise Problem(429, "too-many", f"At most {CALLS_A_MINUTE} requests a minute.")
    setattr(g, CALLER, (caller, actor))
    if scope is not None and scope not in caller.scopes:
        raise Problem(403, "no-scope", f"This token is not for {scope}.", scope=str(scope))
    return Call(db.session(), actor, caller, now)


def note_call(response: Response) -> Response:
    """Keep when the token was last used, and a change that was refused; each in a transaction of its own."""
    found: Any = g.get(CALLER)
    if found is None:
        return response
    caller, actor = found
    session, now = db.session(), g.now
    if caller.used_at is None or now - caller.used_at > USE_STEP:
        let_go()
        note_token_use(session, caller.token_id, now=now)
        session.commit()
    if request.method == "POST" and response.status_code in REFUSED and request.endpoint:
        _keep_refusal(session, response.status_code, actor, now)
    return response


def _keep_refusal(session: Session, status: int, actor: Actor, now: datetime) -> None:
    let_go()
    ids = {name: value for name, value in (request.view_args or {}).items() if isinstance(value, int)}
    try:
        reasons = g.get("refused_for", ())
        record_refusal(session, str(request.endpoint), status, reasons, ids, actor=actor, now=now)
        session.commit()
    except NoLongerHere:
        let_go()
