"""Who calls: a token says it, and nothing else does; cookies are not looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from review.api.problems import Problem
from review.config import Settings
from review.domain.access import Actor
from review.domain.api_scope import Scope
from review.domain.errors import NoLongerHere
from review.domain.values import dataclass
from review.extensions import db, let_go, look_ahead
from review.queries.actors import find_actor
from review.queries.api_tokens import Caller, find_caller
from review.services.api_tokens import USE_STEP, hash_api_token, note_token_use, take_calls
from review.services.refusals import record_refusal

CALLER = "api_caller"
ALLOWANCES = "api_allowances"
PORTIONS = 30
"""In how many portions processes take the calls of a minute: a small one leaves few with whoever is not asked again."""
REFUSED = frozenset({403, 404, 409})


@dataclass(frozen=True)
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


class Allowances:
    """The calls that this process may still let through in this minute, by token; `take_more` gets some from all calls.

    So few calls cost a statement of their own, and the limit holds for all processes together.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._left: dict[int, int] = {}
        self._spent: set[int] = set()

    def use(self, token_id: int, now: datetime, take_more: Callable[[], int]) -> bool:
        """Use one of a token's calls; return False where there is none any more."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute, self._left, self._spent = minute, {}, set()
            if token_id in self._spent:
                return False
            left = self._left.get(token_id, 0)
            if left:
                self._left[token_id] = left - 1
                return True
        more = take_more()
        with self._lock:
            if minute == self._minute and more:
                self._left[token_id] = self._left.get(token_id, 0) + more - 1
            elif minute == self._minute:
                self._spent.add(token_id)
        return more > 0


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
    _count(caller, now)
    setattr(g, CALLER, (caller, actor))
    if scope is not None and scope not in caller.scopes:
        raise Problem(403, "no-scope", f"This token is not for {scope}.", scope=str(scope))
    return Call(db.session(), actor, caller, now)


def _count(caller: Caller, now: datetime) -> None:
    """Count a call; raise Problem for one too many in this minute."""
    settings: Settings = current_app.extensions["settings"]
    allowances: Allowances = current_app.extensions.setdefault(ALLOWANCES, Allowances())

    def take_more() -> int:
        session, wanted = db.session(), -(-settings.api_calls // PORTIONS)
        let_go()
        taken = take_calls(session, caller.token_id, wanted, most=settings.api_calls, now=now)
        session.commit()
        return taken

    if not allowances.use(caller.token_id, now, take_more):
        raise Problem(429, "too-many", f"At most {settings.api_calls} requests a minute.")


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
