"""Keeps every refused press of a signed-in person in the record; a form that saves by itself is no press."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from review.adapters.connections import is_away
from review.domain.errors import NoLongerHere
from review.extensions import db, let_go
from review.services.refusals import record_refusal
from review.web.answers import is_autosave
from review.web.guards import FOR_MACHINES, WRITING, current_actor, current_now

REFUSED = frozenset({403, 404, 409})


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


def init_app(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(keep_refusal)
