"""The gates: one that looked at nothing has not passed; what a person finds is described whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.security.description import count_operations, describe
from tests.security.gates import Outcome, exit_code
from tests.security.live import _parameters_tried, _with_parameters
from tests.security.programs import Judged, find_pages, judge, with_examples
from tests.security.site import Form, Site
from tests.security.source import is_argued


@pytest.fixture
def site() -> Site:
    pages = {"/people": {"words": ""}, "/cases/3/ask": {"q": "x"}, "/cases/4/ask": {"q": ""}, "/cases/3": {}}
    forms = {"/cases/3/actions": Form("/cases/3/actions", {"action": ("submit", "withdraw"), "note": ("",)})}
    return Site("http://127.0.0.1:1", "session=s", "t", pages, forms)


def test_a_gate_that_looked_at_nothing_has_not_passed() -> None:
    nothing, clean, found = Outcome("a", 0, "files"), Outcome("b", 3, "files"), Outcome("c", 3, "files", ("x.py:1",))
    assert [outcome.is_passed for outcome in (nothing, clean, found)] == [False, True, False]
    assert [exit_code(run) for run in ([], [nothing], [clean], [clean, found], [clean, clean])] == [1, 1, 0, 1, 0]
    assert nothing.told() == "a              FAILED  0 files, 0 findings: nothing was looked at"
    assert found.told() == "c              FAILED  3 files, 1 findings\n    x.py:1"


def test_each_address_is_described_once_with_its_numbers_parameters_and_fields(site: Site) -> None:
    description = describe(site)
    ask = description["paths"]["/cases/{n0}/ask"]["get"]["parameters"]
    assert sorted(description["paths"]) == ["/cases/{n0}", "/cases/{n0}/actions", "/cases/{n0}/ask", "/people"]
    assert count_operations(description) == 4
    assert [(one["in"], one["name"], one["schema"]["examples"]) for one in ask] == [
        ("path", "n0", [3, 4]),
        ("query", "q", ["x", ""]),
    ]
    body = description["paths"]["/cases/{n0}/actions"]["post"]["requestBody"]["content"]
    assert body["application/x-www-form-urlencoded"]["schema"]["properties"] == {
        "action": {"type": "string", "examples": ["submit", "withdraw"]},
        "note": {"type": "string", "examples": [""]},
    }


def test_one_address_of_each_kind_is_tried_for_its_parameters(site: Site) -> None:
    assert _with_parameters(site) == ["http://127.0.0.1:1/people?words=1", "http://127.0.0.1:1/cases/3/ask?q=x"]
    told = """
[17:36:59] [INFO] testing URL 'http://127.0.0.1:1/people?words=1'
[17:36:59] [INFO] testing if GET parameter 'words' is dynamic
[17:36:59] [INFO] testing URL 'http://127.0.0.1:1/cases/3/ask?q=x'
[17:36:59] [INFO] testing if GET parameter 'q' is dynamic
"""
    assert _parameters_tried(told) == {("http://0.0.0.0:0/people", "words"), ("http://0.0.0.0:0/cases/0/ask", "q")}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("ask(statement)  # noqa: S608 - the names are our own", True),
        ("ask(statement)  # noqa: S603 - something else", False),
        ("ask(statement)", False),
    ],
)
def test_a_finding_is_answered_by_a_reason_on_its_own_statement(tmp_path: Path, line: str, answer: bool) -> None:
    (tmp_path / "room.py").write_text(f"first()  # noqa: S608 - elsewhere\n{line}\n", encoding="utf-8")
    finding: dict[str, Any] = {"filename": "room.py", "line_number": 2, "line_range": [2], "test_id": "B608"}
    assert is_argued(finding, tmp_path) is answer


def test_programs_are_judged_by_their_scopes() -> None:
    paths: dict[str, Any] = {
        "/me": {"get": {"x-scope": None, "parameters": []}},
        "/people/{person_id}": {"get": {"x-scope": "read:people", "parameters": []}},
        "/cycles/{cycle_id}/cases": {"get": {"x-scope": "read:cases", "parameters": []}},
    }
    place = "http://127.0.0.1:1/api/v1"
    calls = [
        ("GET", f"{place}/me", 200),
        ("GET", f"{place}/people/7?x=1", 200),
        ("GET", f"{place}/people/7/more", 200),
        ("GET", f"{place}/cycles/1/cases", 403),
    ]
    narrow = ["read:people"]
    assert judge({"paths": paths}, calls, narrow) == Judged(2, ())
    leaked = "GET /api/v1/cycles/1/cases: answered without read:cases"
    assert judge({"paths": paths}, [("GET", f"{place}/cycles/1/cases", 200)], narrow) == Judged(1, (leaked,))


def test_the_api_is_asked_for_rows_that_are_there() -> None:
    limit = {"in": "query", "name": "limit", "schema": {"type": "integer"}}
    number = {"in": "path", "name": "cycle_id", "schema": {"type": "integer"}}
    described = {"paths": {"/cycles/{cycle_id}/cases": {"get": {"parameters": [number, limit]}}}}
    rows = {"cycle_id": [3, 4]}
    assert find_pages(described, rows) == {"/api/v1/cycles/3/cases": {"limit": "1"}}
    told = with_examples(described, rows)["paths"]["/cycles/{cycle_id}/cases"]["get"]["parameters"]
    assert [each["schema"] for each in told] == [{"type": "integer", "examples": [3, 4]}, {"type": "integer"}]
