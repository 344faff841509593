"""Pages for machines: whether this process lives, and whether it can serve people."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from review.adapters.revisions import can_serve
from review.extensions import db
from review.web.guards import public

bp = Blueprint("health", __name__)


@bp.get("/health")
@public
def alive() -> Response:
    """Say that this process answers; neither database nor disk is asked, so that nobody restarts it for their sake."""
    return Response("alive\n", mimetype="text/plain")


@bp.get("/ready")
@public
def ready() -> tuple[Response, int]:
    """Say whether pages can be served: the database answers, is not behind this version, and nobody stops the server.

    A missing worker does not make a web process unready: pages are read and saved without it, and its absence is told
    by the figures and by `dualtrack doctor`.
    """
    problem = _find_problem()
    return jsonify(ready=problem is None, problem=problem), 200 if problem is None else 503


def _find_problem() -> str | None:
    if current_app.extensions["settings"].drain_file.exists():
        return "this web server is about to stop"
    try:
        revision = db.session().scalar(sa.text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return "the database does not answer"
    return None if can_serve(revision) else "the database is at an older revision"
