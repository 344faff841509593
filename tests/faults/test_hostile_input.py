"""Hostile input into every form that the cast finds: refused clearly or taken clean, never a broken page."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from bench.fault_ground import Ground
from bench.fault_hostile import TEXTS, Found, Walker, list_attacks, measure_hostile
from review.web.cycle_steps import picked_workflows
from tests.factories import open_case_of, open_scene
from tests.signed_in import Door


def test_no_form_breaks_or_gives_back_what_no_page_may_hold(tmp_path: Path) -> None:
    figures = measure_hostile(Ground(tmp_path, is_quick=True))
    assert (figures["hostile_first"], figures["hostile_wrong"]) == ([], 0)
    assert min(int(str(figures[f"hostile_{name}"])) for name in ("forms", "tried", "accepted")) > 0


@pytest.mark.parametrize(
    ("status", "body", "kind", "is_wrong"),
    [
        (200, "clean", "text/html", False),
        (422, "refused", "text/html", False),
        (500, "broken", "text/html", True),
        (503, "away", "text/html", True),
        (422, "be\x00fore", "text/html", True),
        (200, "\u202eevil", "text/html", True),
        (200, "=1+1,a", "text/csv", True),
        (200, "'=1+1,a", "text/csv", False),
        (200, "=1+1 is no formula in a page", "text/html", False),
    ],
)
def test_what_is_wrong_is_found(
    app: Flask, client: FlaskClient, status: int, body: str, kind: str, is_wrong: bool
) -> None:
    answer = Response(body, status, content_type=kind)
    told = TestResponse(answer.response, answer.status, answer.headers, request=None)  # type: ignore[arg-type]
    walker = Walker(app, None, {}, {}, [])  # type: ignore[arg-type]
    walker.judge(told, "a form")
    assert bool(walker.wrong) is is_wrong


def test_every_field_gets_every_kind_in_a_full_run() -> None:
    form = Found(
        "hanna", "/", "POST", (("note", "textarea", ""), ("state", "select", "a"), ("csrf_token", "hidden", ""))
    )
    sent = [each for _, each in list_attacks(form, 0, is_quick=False)]
    assert [each["state"] for each in sent if each["note"]] == ["a"] * 10
    assert len({each["state"] for each in sent if not each["note"]}) == 7


def test_a_quick_run_sends_every_kind_and_what_is_large_once() -> None:
    form = Found("hanna", "/", "POST", (("note", "textarea", ""),))
    sent = Counter(kind for place in range(30) for kind, _ in list_attacks(form, place, is_quick=True))
    assert sent.keys() == TEXTS.keys()
    assert (sent["megabyte"], sent["long word"], sent.total()) == (1, 1, 30)


def test_a_refused_field_comes_back_without_signs_that_no_page_may_hold(
    client: FlaskClient, session: Session, now: datetime
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    door = Door(client, session, now, scene.company.ids).enter("hanna")
    sent = {"from_on": "\x00\u202edlo", "until_on": "x", "reason": "one\r\ntwo\x00"}
    body = door.post("/delegations", data=sent).get_data(as_text=True)
    assert ("\x00" in body, "\u202e" in body, "one two" in body) == (False, False, True)
    refused = door.post(f"/cases/{case.id}/actions", data={"action": "\x00", "note": "one\x00\ntwo", "k\x00y": "a b"})
    assert (refused.status_code, b"\x00" in refused.data, b"one \ntwo" in refused.data) == (409, False, True)


@pytest.mark.parametrize("path", ["/audit?kind=", "/audit?who=", "/audit?case=", "/people?words="])
def test_a_search_takes_a_word_of_any_length(client: FlaskClient, session: Session, now: datetime, path: str) -> None:
    scene = open_scene(session, now)
    door = Door(client, session, now, scene.company.ids).enter("abel" if "audit" in path else "hanna")
    assert door.get(f"{path}{'z' * 60_000}").status_code == 200


def test_a_workflow_is_chosen_by_a_number_alone(app: Flask) -> None:
    sent = {"workflow-ic": "²", "workflow-people": "3", "workflow-other": "9" * 40}
    with app.test_request_context(method="POST", data=sent):
        assert picked_workflows() == {"people": 3}
