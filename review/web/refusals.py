"""Keeps every refused press of a signed-in person in the record; a form that saves by itself is no press.

What is asked for and not given is a line in the log: it names route, person by number, and network address, never what
stood in the address. A page that is open to somebody leaves none: who opens which would tell who writes about whom.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from review.adapters.connections import is_away
from review.domain.errors import NoLongerHere
from review.extensions import db, let_go
from review.forms.base import BEYOND
from review.services.refusals import record_refusal
from review.web.answers import is_autosave
from review.web.guards import FOR_MACHINES, WRITING, current_actor, current_now

REFUSED = frozenset({403, 404, 409})
NOT_GIVEN = frozenset({401, 403, 404, 410, 429})
FOR_LINKS = frozenset({"outside", "password_resets"})
"""The rooms that a secret in the address opens."""
FOR_PROGRAMS = frozenset({"api", "scim", "metrics"})


def keep_refusal(response: Response) -> Response:
    """Record what was refused, in a transaction of its own; the answer is the same where the database is away."""
    is_refused = request.method in WRITING and response.status_code in REFUSED
    if not is_refused or is_autosave() or not request.endpoint or request.blueprint in FOR_MACHINES:
        return response
    actor = current_actor()
    if actor.person_id is None:
        return response
    ids = {name: value for name, value in (request.view_args or {}).items() if isinstance(value, int)}
    session = db.session()
    let_go()
    try:
        reasons = g.get("refused_for", ())
        record_refusal(session, request.endpoint, response.status_code, reasons, ids, actor=actor, now=current_now())
        session.commit()
    except NoLongerHere:
        let_go()
    except SQLAlchemyError as error:
        if not is_away(error):
            raise
        let_go()
        current_app.logger.exception("a refusal could not be recorded: %s", request.endpoint)
    return response


def tell_refusal(response: Response) -> Response:
    """Write a line about what was asked for and not given, and about a form that no page of ours sends like this."""
    address, endpoint = request.remote_addr or "", request.endpoint or ""
    if names := g.get(BEYOND):
        told = (endpoint, ", ".join(sorted(names)), _name_actor(), address)
        current_app.logger.warning("a form held what was not offered: %s, %s, by %s, from %s", *told)
    if response.status_code not in NOT_GIVEN or not endpoint:
        return response
    about = (response.status_code, endpoint)
    if request.blueprint in FOR_PROGRAMS:
        current_app.logger.warning("a call was refused: %s, %s, from %s", *about, address)
    elif request.blueprint in FOR_LINKS:
        current_app.logger.warning("a link opened nothing: %s, %s, from %s", *about, address)
    elif request.method not in WRITING and current_actor().person_id is not None:
        current_app.logger.warning("a page was refused: %s, %s, by %s, from %s", *about, _name_actor(), address)
    return response


def _name_actor() -> str:
    number = current_actor().person_id
    return "nobody" if number is None else f"person {number}"


def init_app(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(keep_refusal)
    app.after_request(tell_refusal)
