"""The API's own room: its blueprint, its operations, and what goes for all of them."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask, request
from werkzeug.exceptions import MethodNotAllowed

from review.api.callers import note_call
from review.api.operations import Operations
from review.api.problems import Problem, answer_problems
from review.extensions import csrf

PLACE = "/api/v1"
DECLARING = ("reading", "reading_cases", "exports", "writing", "description")

bp = Blueprint("api", __name__, url_prefix=PLACE)
csrf.exempt(bp)  # a program with a token, and no cookie that a browser would send along
operations = Operations(bp)
answer_problems(bp)
bp.after_request(note_call)


@bp.before_app_request
def refuse_unknown() -> None:
    """Answer as a program expects where there is no such address, or not with this method."""
    if request.routing_exception is None or not request.path.startswith(f"{PLACE}/"):
        return
    if isinstance(request.routing_exception, MethodNotAllowed):
        raise Problem(405, "method", "This address is not called like that.")
    raise Problem(404, "not-found", "There is no such thing, or not for you.")


def init_app(app: Flask) -> None:
    """Serve every operation that is declared."""
    for name in DECLARING:
        import_module(f"review.api.{name}")
    app.register_blueprint(bp)
