"""The OpenAPI 3.1 document, made from the declared operations and their models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, current_app
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from review.api.answers import JSON, tell_json
from review.api.operations import Operation, public
from review.api.problems import PROBLEM
from review.api.room import PLACE, bp, operations
from review.api.shapes import ProblemTold
from review.api.writing import ONCE
from review.domain.api_scope import SCOPE_WORDS

KEPT = "api_description"
PART = re.compile(r"<(?:(int|any)(?:\(([^)]*)\))?:)?(\w+)>")
ALWAYS = {
    400: "It could not be read",
    401: "No token that opens anything",
    403: "Not in the token's scopes, or not the owner's to do",
    404: "There is no such thing, or the owner may not know of it",
    409: "Not now, or changed meanwhile",
    413: "Too large",
    415: "Not of the media type that is wanted",
    422: "Something in it is not as it should be",
    429: "Too many requests in a minute",
    503: "The database is away",
}
LONG = {"414": {"description": "The address is too long; the server in front says so, as a page"}}


@bp.get("/openapi.json")
@public
def show_description() -> Response:
    """Send the description of the API; it says nothing of anybody, and needs no token."""
    kept: dict[str, Any] = current_app.extensions
    if KEPT not in kept:
        kept[KEPT] = describe(current_app.extensions["settings"].public_url)
    return tell_json(kept[KEPT])


def describe(public_url: str) -> dict[str, Any]:
    """Return the description of everything that is declared."""
    names, schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for each in operations.all:
        paths.setdefault(template_of(each.path), {})[each.method.lower()] = _tell(each, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dualtrack", "version": "1", "description": _about()},
        "servers": [{"url": public_url + PLACE}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def template_of(path: str) -> str:
    """Return the address of a route with its parts in braces."""
    return PART.sub(r"{\3}", path)


def _about() -> str:
    scopes = "\n".join(f"- `{scope}`: {words}" for scope, words in SCOPE_WORDS.items())
    return f"A token acts as its owner, within its scopes:\n\n{scopes}"


def _models() -> Iterator[type[BaseModel]]:
    for each in operations.all:
        if not isinstance(each.answer, tuple):
            yield each.answer
        if isinstance(each.body, type):
            yield each.body
    yield ProblemTold


def _schemas() -> tuple[Mapping[type[BaseModel], str], dict[str, Any]]:
    """Return where the schema of each model is, and all schemas by name."""
    wanted = [(model, "serialization") for model in dict.fromkeys(_models())]
    places, found = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    names = {model: place["$ref"] for (model, _mode), place in places.items() if issubclass(model, BaseModel)}
    return names, found["$defs"]


def _tell(each: Operation, names: Mapping[type[BaseModel], str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.says,
        "parameters": [*_parts(each), *_questions(each)],
        "responses": {str(each.status): _answer(each, names), **_problems(names), **LONG},
        "x-scope": each.scope,
    }
    if each.method == "GET":
        told["responses"]["304"] = {"description": "As it was asked for last time"}
    if each.body is not None:
        is_file = isinstance(each.body, str)
        schema = {"type": "string"} if is_file else {"$ref": names[each.body]}  # type: ignore[index]
        media = each.body if isinstance(each.body, str) else JSON
        told["requestBody"] = {"required": True, "content": {media: {"schema": schema}}}
        told["parameters"].append({"in": "header", "name": ONCE, "schema": {"type": "string"}})
    return told


def _answer(each: Operation, names: Mapping[type[BaseModel], str]) -> dict[str, Any]:
    if isinstance(each.answer, tuple):
        return {"description": each.says, "content": {media: {"schema": {"type": "string"}} for media in each.answer}}
    return {"description": each.says, "content": {JSON: {"schema": {"$ref": names[each.answer]}}}}


def _problems(names: Mapping[type[BaseModel], str]) -> dict[str, Any]:
    content = {PROBLEM: {"schema": {"$ref": names[ProblemTold]}}}
    return {str(status): {"description": words, "content": content} for status, words in ALWAYS.items()}


def _parts(each: Operation) -> Iterator[dict[str, Any]]:
    for kind, choices, name in PART.findall(each.path):
        schema: dict[str, Any] = {"type": "integer", "minimum": 0} if kind == "int" else {"type": "string"}
        if kind == "any":
            schema["enum"] = [choice.strip() for choice in choices.split(",")]
        yield {"in": "path", "name": name, "required": True, "schema": schema}


def _questions(each: Operation) -> Iterator[dict[str, Any]]:
    if each.query is None:
        return
    schema = each.query.model_json_schema()
    for name, part in schema["properties"].items():
        said = {key: value for key, value in part.items() if key not in ("title", "description")}
        yield {"in": "query", "name": name, "description": part.get("description", ""), "schema": said}
