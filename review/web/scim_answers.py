"""How SCIM is asked and answered: bodies, searches, versions, lists and errors, all in its own format."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Blueprint, Response, current_app, request
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from review.adapters.connections import is_away
from review.config import Settings
from review.domain.directory_entry import Taken
from review.domain.errors import Invalid, NotFound
from review.extensions import let_go

SCIM = "application/scim+json"
PLACE = "/scim/v2"
EQUAL = re.compile(r'\s*(userName|externalId|id)\s+eq\s+"([^"\\]*)"\s*', re.IGNORECASE)
NAMES = {"username": "userName", "externalid": "externalId", "id": "id"}
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Refused(Exception):
    """What SCIM is told when something cannot be done."""

    def __init__(self, status: int, detail: str, kind: str | None = None) -> None:
        self.status, self.detail, self.kind = status, detail, kind
        super().__init__(detail)


def find_base() -> str:
    """Return the address of the service."""
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url + PLACE


def load_service() -> Any:
    """Return what is served, made once a process."""
    kept: dict[str, Any] = current_app.extensions
    if "scim" not in kept:
        from review.adapters.scim_models import describe_service

        kept["scim"] = describe_service()
    return kept["scim"]


def load_models() -> Any:
    """Return the module of what is served; it takes a second to load, so only SCIM loads it."""
    from review.adapters import scim_models

    return scim_models


def load_contexts() -> Any:
    """Return the names of what a body can be: a request or an answer, and to what."""
    from scim2_models import Context

    return Context


def read_body(model: Any, context: Any) -> Any:
    """Return what was sent, as a model; what the product does not keep is left out."""
    return model.model_validate(_read_json(), scim_ctx=context, scim_policy=load_models().POLICY)


def read_patch(model: Any) -> Any:
    """Return the changes that were sent."""
    from scim2_models import Context, PatchOp

    return read_body(PatchOp[model], Context.RESOURCE_PATCH_REQUEST)


def read_search(model: Any) -> Any:
    """Return what is searched for: filter, order, page and attributes; in the address, or in what was sent."""
    from scim2_models import SearchRequest

    asked = _read_json() if request.method == "POST" else request.args.to_dict()
    return SearchRequest[model].model_validate(asked)


def find_wanted(asked: Any) -> tuple[str, str] | None:
    """Return name and value where a filter asks for one person by what the database can look up."""
    found = EQUAL.fullmatch(str(asked.filter or ""))
    return (NAMES[found[1].lower()], found[2]) if found else None


def check_version(resource: Any) -> None:
    """Refuse a change of what somebody else has changed meanwhile."""
    wanted = request.headers.get("If-Match", "*")
    if wanted.strip() != "*" and resource.meta.version not in [each.strip() for each in wanted.split(",")]:
        raise Refused(412, "It has changed since; fetch it again.")


def tell(resource: Any, context: Any, status: int = 200) -> Response:
    """Answer with one resource; 304 when whoever asks has it as it is."""
    from scim2_models import ResponseParameters

    version = resource.meta.version
    headers = {"Location": resource.meta.location, "ETag": version}
    if request.method == "GET" and version in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers=headers)
    kind: Any = ResponseParameters.__class_getitem__(type(resource))
    asked = kind.model_validate(_parameters())
    return _answer(resource.model_dump(scim_ctx=context, response_parameters=asked), status, headers)


def tell_found(resources: list[Any], asked: Any, most: int) -> Response:
    """Answer a search: those that fit, in order, one page of them."""
    found = [each for each in resources if asked.filter is None or asked.filter.match(each)]
    if asked.sort_by is not None:
        found = asked.sort(found)
    start = asked.start_index_0
    return tell_page(found[start : start + find_limit(asked, most)], len(found), asked)


def find_limit(asked: Any, most: int) -> int:
    """Return how many a page holds."""
    return most if asked.count is None else min(asked.count, most)


def tell_page(resources: list[Any], total: int, asked: Any) -> Response:
    """Answer with one page of a list."""
    from scim2_models import Context

    told = [each.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=asked) for each in resources]
    return tell_list(told, total=total, start=asked.start_index_0 + 1)


def tell_list(told: list[Any], *, total: int | None = None, start: int = 1) -> Response:
    """Answer with a list."""
    page = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(told) if total is None else total,
        "startIndex": start,
        "itemsPerPage": len(told),
        "Resources": told,
    }
    return _answer(page, 200)


def place_fixed(resource: Any, kind: str, path: str) -> dict[str, Any]:
    """Return what describes the service itself, with its place."""
    from scim2_models import Context

    told: dict[str, Any] = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return {**told, "meta": {"resourceType": kind, "location": f"{find_base()}/{path}"}}


def describe(each: Any) -> dict[str, Any]:
    """Return a kind of resource, or a schema, with its place."""
    kind = type(each).__name__
    return place_fixed(each, kind, f"{kind}s/{each.id}")


def tell_one_of(known: Any, name: str) -> Response:
    """Answer with the kind of resource, or the schema, of this name; raise NotFound."""
    found = next((each for each in known if str(each.id) == name), None)
    if found is None:
        raise NotFound
    return tell_fixed(describe(found))


def tell_fixed(told: dict[str, Any]) -> Response:
    """Answer with what describes the service itself."""
    return _answer(told, 200)


def refuse_filter() -> None:
    """Refuse to narrow what describes the service (RFC 7644, section 4)."""
    if "filter" in request.args:
        raise Refused(403, "This list cannot be narrowed.")


def answer_errors(bp: Blueprint) -> None:
    """Answer whatever goes wrong below a blueprint in SCIM's own format."""
    bp.before_app_request(refuse_method)
    bp.register_error_handler(Refused, lambda error: _refuse(error.status, error.detail, error.kind))
    bp.register_error_handler(NotFound, lambda _: _refuse(404, "There is no such resource."))
    bp.register_error_handler(Taken, lambda error: _refuse(409, str(error), "uniqueness"))
    bp.register_error_handler(Invalid, lambda error: _refuse(400, str(error), "invalidValue"))
    bp.register_error_handler(ValidationError, _refuse_body)
    bp.register_error_handler(StaleDataError, lambda _: _put_off("Somebody else changed it at the same moment."))
    bp.register_error_handler(DBAPIError, _tell_away)
    bp.register_error_handler(NoneFree, _tell_away)
    bp.register_error_handler(HTTPException, lambda error: _refuse(error.code or 400, error.name))


def refuse_method() -> Response | None:
    """Answer in SCIM's own format where an address of its is not called like that."""
    error = request.routing_exception
    if not isinstance(error, MethodNotAllowed) or not request.path.startswith(f"{PLACE}/"):
        return None
    answer = _refuse(405, "This address is not called like that.")
    answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer


def raise_known(call: Any) -> Any:
    """Run what may raise an error of the SCIM library, and refuse with it.

    A value that does not fit is told as one in a body is, in one sentence.
    """
    from scim2_models import SCIMException

    try:
        return call()
    except SCIMException as error:
        if isinstance(error.__cause__, ValidationError):
            raise error.__cause__ from error
        told = error.to_error()
        raise Refused(told.status or 400, told.detail or "", told.scim_type) from error


def _refuse_body(error: ValidationError) -> Response:
    from scim2_models import Error

    told = Error.from_validation_errors(error)[0]
    return _refuse(told.status or 400, told.detail or "", told.scim_type)


def _tell_away(error: DBAPIError | NoneFree) -> Response:
    if not is_away(error):
        raise error
    current_app.logger.error("the database did not answer: %s %s", request.method, request.path, exc_info=True)
    return _put_off("The database does not answer.")


def _put_off(detail: str) -> Response:
    """Refuse for now: directories send again what is answered so."""
    answer = _refuse(503, f"{detail} Nothing was changed; send it again.")
    answer.headers["Retry-After"] = "60"
    return answer


def _refuse(status: int, detail: str, kind: str | None = None) -> Response:
    let_go()
    told = {"schemas": [ERROR], "status": str(status), "detail": detail, **({"scimType": kind} if kind else {})}
    return _answer(told, status, {"WWW-Authenticate": "Bearer"} if status == 401 else {})


def _answer(told: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(told, ensure_ascii=False), status, headers, content_type=SCIM)


def _parameters() -> dict[str, str]:
    return {name: request.args[name] for name in ("attributes", "excludedAttributes") if name in request.args}


def _read_json() -> Any:
    try:
        return json.loads(request.get_data() or b"null")
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The body is no JSON.", "invalidSyntax") from error
