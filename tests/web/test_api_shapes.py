"""The description of the API: valid by the standard, of every address that there is, and true of every answer."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy.orm import Session

from review.api.description import describe
from review.config import ROOT
from review.domain.api_scope import Scope
from tests.after_decision import announced_room
from tests.api_room import PLACE, Program, find_faults, give_token

NOWHERE = 999_999
SENT: dict[str, dict[str, Any]] = {
    "import_people": {"data": "external_id,name\nnew,Nia\n", "content_type": "text/csv"},
    "nudge": {"json": {"late": False}},
    "nominate_one": {"json": {"candidate_id": 7, "kind": "promotion", "to_level": "senior-pm"}},
}
"""What is sent to each address that changes something."""


@pytest.fixture
def description(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get(f"{PLACE}/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    told: dict[str, Any] = answer.get_json()
    return told


def test_it_is_valid(description: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(description).iter_errors()] == []
    assert description["openapi"] == "3.1.0"


def test_every_address_is_in_it(app: Flask, description: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(PLACE)), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, methods in description["paths"].items() for method in methods}
    assert served - described == {("/openapi.json", "get")}
    assert described - served == set()


def test_every_answer_is_as_described(app: Flask, session: Session, now: datetime, description: dict[str, Any]) -> None:
    """By everybody at every address, with numbers that there are and one that there is not."""
    room = announced_room(session, now, "decide_promote")
    scene, seen, faults = room.scene, [], []
    numbers = {"person_id": scene.id("ben"), "cycle_id": scene.cycle_id, "case_id": room.case_id, "form": "csv"}
    people = [give_token(session, scene.id(key), now, token=f"of {key}") for key in ("hugo", "greta", "iris", "ines")]
    people += [give_token(session, scene.id("hugo"), now, Scope.READ_TODO, token="narrow"), "no token"]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            for token in people:
                for part in (numbers, dict.fromkeys(numbers, NOWHERE) | {"form": "ndjson"}):
                    program = Program(app, session, token)
                    place = path.format(**part)
                    answer = (
                        program.get(place) if method == "get" else program.post(place, **SENT[operation["operationId"]])
                    )
                    seen.append((operation["operationId"], answer.status_code))
                    faults += [f"{place} {each}" for each in find_faults(description, operation, answer)]
    assert faults == []
    well = {name for name, status in seen if status in (200, 201)}
    assert well == {each["operationId"] for methods in description["paths"].values() for each in methods.values()}
    assert {status for _, status in seen} >= {200, 201, 401, 403, 404, 422}


def test_the_page_about_it_names_every_address_and_scope() -> None:
    said = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    paths = describe("http://localhost")["paths"]
    assert [path for path in paths if f"`{path}`" not in said] == []
    assert [scope for scope in Scope if f"`{scope}`" not in said] == []
