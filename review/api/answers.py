"""How the API is asked and answers: tokens, queries and bodies in; JSON with a version, files and problems out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Response, request
from pydantic import BaseModel

from review.api.callers import let_in
from review.api.problems import Problem, refuse_body
from review.domain.values import dataclass
from review.extensions import db

if TYPE_CHECKING:
    from review.api.operations import Operation

JSON = "application/json"


@dataclass(frozen=True)
class File:
    """A file that is sent to be kept."""

    content: bytes
    media_type: str
    name: str


@dataclass(frozen=True)
class Made:
    """What a change made, and where it is."""

    told: BaseModel
    place: str


def serve(operation: Operation, run: Callable[..., Any], parts: Mapping[str, object]) -> Response:
    """Let the caller in, read what they ask and send, run the operation, and answer; a change is committed here."""
    call = let_in(operation.scope)
    given: dict[str, Any] = dict(parts)
    if operation.query is not None:
        given["asked"] = _read(operation.query, request.args.to_dict(), "query")
    elif request.args:
        raise Problem(422, "not-understood", "This address takes no question behind it.")
    if operation.body is not None:
        given["sent"] = _read_body(operation.body)
    result = run(call, **given)
    if operation.method != "GET":
        db.session.commit()
    return _answer(result, operation.status)


def tell_json(told: Any) -> Response:
    """Answer with JSON and its version; 304 to who has it as it is."""
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    version = hashlib.sha256(body).hexdigest()[:32]
    is_held = version in request.if_none_match.as_set(include_weak=True)  # a bare * holds no answer
    answer = Response(status=304) if is_held else Response(body, content_type=JSON)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.add("Authorization")
    answer.set_etag(version)
    return answer


def _answer(result: Any, status: int) -> Response:
    if isinstance(result, File):
        answer = Response(result.content, content_type=result.media_type)
        answer.headers["Content-Disposition"] = f'attachment; filename="{result.name}"'
        return answer
    made = result if isinstance(result, Made) else Made(result, "")
    told = made.told.model_dump(mode="json")
    if request.method == "GET":
        return tell_json(told)
    answer = Response(json.dumps(told, ensure_ascii=False), status, content_type=JSON)
    if made.place:
        answer.headers["Location"] = made.place
    return answer


def _read(model: type[BaseModel], given: object, where: str) -> BaseModel:
    return refuse_body(lambda: model.model_validate(given), where)


def _read_body(wanted: type[BaseModel] | str) -> BaseModel | bytes:
    """Return what was sent, as a model or, where a media type is wanted, as it came."""
    expected = wanted if isinstance(wanted, str) else JSON
    if request.mimetype != expected:
        raise Problem(415, "media-type", f"Send it as {expected}.")
    if isinstance(wanted, str):
        return request.get_data()
    try:
        given = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise Problem(400, "not-understood", "The body is no JSON.") from error
    return _read(wanted, given, "body")
