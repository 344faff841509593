"""What one person found on the site, as an OpenAPI description for tools that make requests up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.security.site import Site

_NUMBER = re.compile(r"(?<=/)\d+(?=/|$|\.)")
_ANSWERS = {"default": {"description": "A page, a way on, or why not"}}


def describe(site: Site) -> dict[str, Any]:
    """Return an OpenAPI 3.1 description: each address once, its numbers as parameters, its forms with their fields."""
    paths: dict[str, dict[str, Any]] = {}
    for address, query in site.pages.items():
        parameters = [_parameter("query", name, [value], {"type": "string"}) for name, value in query.items()]
        _add(paths, address, "get", parameters, None)
    for form in site.forms.values():
        _add(paths, form.path, "post", [], form.fields)
    return {"openapi": "3.1.0", "info": {"title": "What one person can press", "version": "1"}, "paths": paths}


def count_operations(description: dict[str, Any]) -> int:
    """Return how many address-and-method pairs a description holds."""
    return sum(len(methods) for methods in description["paths"].values())


def _add(
    paths: dict[str, dict[str, Any]],
    address: str,
    method: str,
    parameters: list[dict[str, Any]],
    fields: dict[str, tuple[str, ...]] | None,
) -> None:
    numbers = _NUMBER.findall(address)
    counter = iter(range(len(numbers)))
    template = _NUMBER.sub(lambda _: f"{{n{next(counter)}}}", address)
    entry = paths.setdefault(template, {}).setdefault(method, {"parameters": [], "responses": _ANSWERS})
    for position, number in enumerate(numbers):
        _merge(entry["parameters"], _parameter("path", f"n{position}", [int(number)], {"type": "integer"}))
    for parameter in parameters:
        _merge(entry["parameters"], parameter)
    if fields is not None:
        body = entry.setdefault(
            "requestBody", {"content": {"application/x-www-form-urlencoded": {"schema": _schema()}}}
        )
        properties = body["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
        for name, values in fields.items():
            properties.setdefault(name, {"type": "string", "examples": list(dict.fromkeys(values))[:5]})


def _schema() -> dict[str, Any]:
    return {"type": "object", "properties": {}}


def _parameter(place: str, name: str, examples: Iterable[Any], schema: dict[str, Any]) -> dict[str, Any]:
    return {"in": place, "name": name, "required": place == "path", "schema": {**schema, "examples": list(examples)}}


def _merge(parameters: list[dict[str, Any]], new: dict[str, Any]) -> None:
    for known in parameters:
        if (known["in"], known["name"]) == (new["in"], new["name"]):
            examples = known["schema"]["examples"]
            examples += [one for one in new["schema"]["examples"] if one not in examples and len(examples) < 5]
            return
    parameters.append(new)
