"""What the API says when something cannot be done: problem details (RFC 9457), with the reasons that a page gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, g, request
from flask_babel import gettext
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from review.adapters.connections import is_away
from review.domain.errors import Conflict, Fault, Invalid, NoLongerHere, NotAllowed, NotFound, TransitionRefused
from review.domain.text import Text
from review.extensions import let_go

PROBLEM = "application/problem+json"
KINDS = "urn:dualtrack:problem:"
T = TypeVar("T")


class Problem(Exception):
    """What the API itself refuses: a status, a word for programs, a sentence, and faults."""

    def __init__(self, status: int, kind: str, detail: str, **more: Any) -> None:
        self.status, self.kind, self.detail, self.more = status, kind, detail, more
        super().__init__(detail)


def refuse_body(read: Callable[[], T], where: str) -> T:
    """Return what was read; raise Problem with every fault that the model found."""
    try:
        return read()
    except ValidationError as error:
        faults = [
            {"where": where, "field": ".".join(map(str, each["loc"])), "what": each["msg"]}
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise Problem(422, "not-understood", "Something in it is not as it should be.", faults=faults) from error


def answer_problems(bp: Blueprint) -> None:
    """Answer whatever goes wrong below a blueprint as a problem."""
    bp.app_errorhandler(Problem)(_show)  # also for what no address is known of
    handlers: Mapping[type[Exception], Callable[[Any], Response]] = {
        NotFound: lambda _: tell_problem(404, "not-found", "There is no such thing, or not for you."),
        NotAllowed: _refuse,
        TransitionRefused: lambda error: _give_reasons(409, "not-now", "This cannot be done now.", error.reasons),
        Invalid: lambda error: _give_faults(error.faults),
        Conflict: lambda _: tell_problem(409, "conflict", "Somebody else saved first."),
        StaleDataError: lambda _: tell_problem(409, "conflict", "Somebody else saved first."),
        NoLongerHere: lambda _: tell_problem(401, "no-token", "The owner of this token has left."),
        DBAPIError: _tell_away,
        NoneFree: _tell_away,
        HTTPException: _tell_http,
    }
    for kind, handler in handlers.items():
        bp.register_error_handler(kind, handler)


def tell_problem(status: int, kind: str, detail: str, **more: Any) -> Response:
    """Answer with a problem; what was not committed is undone."""
    let_go()
    told = {"type": KINDS + kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status in (429, 503):
        headers["Retry-After"] = "60"
    return Response(json.dumps(told, ensure_ascii=False), status, headers, content_type=PROBLEM)


def say(words: Text) -> str:
    """Return a sentence in the language of the answer, what stands in it included."""
    filled = {name: say(value) if isinstance(value, Text) else value for name, value in words.values}
    told: str = gettext(words.message)
    return told % filled if filled else told.replace("%%", "%")


def say_fault(fault: Fault) -> dict[str, Any]:
    """Return a fault as it stands in an answer."""
    told: dict[str, Any] = {"field": fault.field, "row": fault.row, "what": say(fault.what)}
    return {**told, "expected": say(fault.expected) if fault.expected else None}


def _show(problem: Problem) -> Response:
    return tell_problem(problem.status, problem.kind, problem.detail, **problem.more)


def _refuse(error: NotAllowed) -> Response:
    if not error.is_known:
        return tell_problem(404, "not-found", "There is no such thing, or not for you.")
    return _give_reasons(403, "not-yours", "This is not yours to do.", error.reasons)


def _give_reasons(status: int, kind: str, detail: str, reasons: Iterable[Text]) -> Response:
    given = list(reasons)
    g.refused_for = given
    return tell_problem(status, kind, detail, reasons=[say(each) for each in given])


def _give_faults(faults: Iterable[Fault]) -> Response:
    return tell_problem(422, "faults", "Something is to be put right.", faults=[say_fault(each) for each in faults])


def _tell_away(error: DBAPIError | NoneFree) -> Response:
    if not is_away(error):
        raise error
    current_app.logger.error("the database did not answer: %s %s", request.method, request.path, exc_info=True)
    return tell_problem(503, "away", "Nothing was saved. Try again in a minute.")


def _tell_http(error: HTTPException) -> Response:
    status = error.code or 400
    return tell_problem(status, "not-understood", error.name)
