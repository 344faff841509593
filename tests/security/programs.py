"""The API as programs attack it: tokens that are made on the site, and its own description, kept to what was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from bs4 import BeautifulSoup

from tests.security.site import Site

PLACE = "/api/v1"
NARROW = ("read:people", "read:cycles")
"""The scopes of a token that may do little: what is behind the others is attacked with it, too."""
WIDE = (*NARROW, "read:todo", "read:cases", "read:decisions", "write:people", "write:nudges", "write:nominations")
_PART = re.compile(r"{(\w+)}")
Description = dict[str, Any]


@dataclass(slots=True)
class Program:
    """A program with a token of these scopes."""

    url: str
    token: str
    scopes: tuple[str, ...]
    rows: dict[str, list[int]] = field(default_factory=dict)
    pages: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """Return what its requests carry."""
        return {"Authorization": f"Bearer {self.token}"}

    def read(self, path: str) -> Any:
        """Return what is answered at an address of the API."""
        with urlopen(Request(f"{self.url}{PLACE}{path}", headers=self.headers)) as answer:
            return json.load(answer)

    def is_let_in(self) -> bool:
        """Tell whether the token still opens what it is for."""
        try:
            return set(self.read("/me")["scopes"]) == set(self.scopes)
        except HTTPError:
            return False


@dataclass(frozen=True, slots=True)
class Judged:
    """How many requests were let through to what they asked for, and what was answered that must not be."""

    answered: int
    findings: tuple[str, ...]


def make_programs(site: Site) -> tuple[Program, Program]:
    """Return a program that may do everything that the person of a site may, and one that may do little of it."""
    wide, narrow = (_make_program(site, scopes) for scopes in (WIDE, NARROW))
    rows = find_rows(wide)
    pages = find_pages(wide.read("/openapi.json"), rows)
    for program in (wide, narrow):
        program.rows, program.pages = rows, pages
    return wide, narrow


def _make_program(site: Site, scopes: Collection[str]) -> Program:
    """Make a token on the site, as its people do, and return a program that has it."""
    body = urlencode([("name", "gate"), ("days", "30"), *(("scopes", scope) for scope in scopes)]).encode()
    with urlopen(Request(f"{site.url}/integrations/tokens/new", data=body, headers=site.headers)) as answer:
        shown = BeautifulSoup(answer.read(), "html.parser").select_one("code")
    assert shown is not None
    return Program(site.url, shown.get_text(strip=True), tuple(scopes))


def find_rows(program: Program) -> dict[str, list[int]]:
    """Return numbers of rows that are there, by the part of an address that names them."""
    cycles = [row["id"] for row in program.read("/cycles")["data"]]
    cases = [row["id"] for cycle in cycles for row in program.read(f"/cycles/{cycle}/cases?limit=3")["data"]]
    return {
        "cycle_id": cycles[:3],
        "case_id": cases[:3],
        "person_id": [row["id"] for row in program.read("/people?limit=3")["data"]],
    }


def with_examples(description: Description, rows: Mapping[str, list[int]]) -> Description:
    """Return a description in which numbers of addresses have rows that are there as examples."""
    told: Description = json.loads(json.dumps(description))
    for operation in (each for methods in told["paths"].values() for each in methods.values()):
        for part in operation["parameters"]:
            if part["name"] in rows:
                part["schema"]["examples"] = rows[part["name"]]
    return told


def find_pages(description: Description, rows: Mapping[str, list[int]]) -> dict[str, dict[str, str]]:
    """Return each address that is read, with what can be asked there and a first word for it."""
    pages = {}
    for template, methods in description["paths"].items():
        if "get" in methods:
            parts = {name: str(rows.get(name, ["csv"])[0]) for name in _PART.findall(template)}
            asked = [each for each in methods["get"]["parameters"] if each["in"] == "query"]
            query = {each["name"]: _first(each["schema"]) for each in asked}
            pages[PLACE + _PART.sub(lambda found, parts=parts: parts[found[1]], template)] = query
    return pages


def judge(description: Description, calls: Iterable[tuple[str, str, int]], scopes: Collection[str]) -> Judged:
    """Judge method, address and status of each call: nothing behind a scope that the token has not may be answered."""
    known = [
        (re.compile(_PART.sub("[^/]+", re.escape(PLACE + template).replace(r"\{", "{").replace(r"\}", "}"))), methods)
        for template, methods in description["paths"].items()
    ]
    answered, found = 0, set()
    for method, address, status in calls:
        path = urlsplit(address).path
        methods = next((each for pattern, each in known if pattern.fullmatch(path)), {})
        operation = methods.get(method.lower())
        if operation is None or not 200 <= status < 300:
            continue
        answered += 1
        if operation["x-scope"] not in (None, *scopes):
            found.add(f"{method} {path}: answered without {operation['x-scope']}")
    return Judged(answered, tuple(sorted(found)))


def _first(schema: Mapping[str, Any]) -> str:
    kinds = {schema.get("type"), *(each.get("type") for each in schema.get("anyOf", ()))}
    return "1" if "integer" in kinds else "true" if "boolean" in kinds else "a"
