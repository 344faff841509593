"""What is asked for and not given: a line in the log with route, person and address, and nothing of the secret."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import Scene, open_case_of
from tests.signed_in import Door


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged since the last time."""
    found = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return found


def test_a_page_that_is_not_theirs_is_told_as_one_that_is_not_there(
    session: Session, scene: Scene, door: Door, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    session.commit()
    erin = door.enter("erin")
    line = f"a page was refused: 404, cases.detail, by person {scene.id('erin')}, from 127.0.0.1"
    assert erin.get(f"/cases/{case.id}").status_code == 404
    assert lines(caplog) == [line]
    assert erin.get("/cases/999999").status_code == 404
    assert lines(caplog) == [line]
    assert erin.get("/audit").status_code == 404
    assert lines(caplog) == [f"a page was refused: 404, audit.show, by person {scene.id('erin')}, from 127.0.0.1"]
    assert erin.post(f"/cases/{case.id}/actions").status_code == 404  # its place is the record
    assert lines(caplog) == []


def test_who_opens_what_is_theirs_leaves_no_line(
    session: Session, scene: Scene, door: Door, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    session.commit()
    ben = door.enter("ben")
    assert [ben.get(page).status_code for page in (f"/cases/{case.id}", "/", "/nowhere")] == [200, 200, 404]
    assert lines(caplog) == []


def test_links_and_tokens_that_open_nothing_are_told_without_their_secret(
    client: FlaskClient, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    token = {"Authorization": "Bearer made-up"}
    answers = [
        client.get("/outside/made-up"),
        client.post("/outside/made-up/submit"),
        client.get("/sign-in/new-password/made-up"),
        client.get("/api/v1/me", headers=token),
        client.get("/scim/v2/Users", headers=token),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 410, 401, 401]
    assert lines(caplog) == [
        "a link opened nothing: 404, outside.show, from 127.0.0.1",
        "a link opened nothing: 404, outside.move, from 127.0.0.1",
        "a link opened nothing: 410, password_resets.show, from 127.0.0.1",
        "a call was refused: 401, api.show_me, from 127.0.0.1",
        "a call was refused: 401, scim.list_people, from 127.0.0.1",
    ]


def test_a_form_that_no_page_sends_is_told_by_its_fields(
    scene: Scene, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """A choice that was never offered; not a text that somebody mistyped, nor a choice that was left open."""
    erin = door.enter("erin")
    sent = {"theme": "evil\r\nline", "keys": "on", "locale": "", "zone": "", "quiet_from": "", "quiet_until": ""}
    assert erin.post("/preferences", data=sent).status_code == 422
    about = f"preferences.save, theme, by person {scene.id('erin')}, from 127.0.0.1"
    assert lines(caplog) == [f"a form held what was not offered: {about}"]
    assert erin.post("/preferences", data={**sent, "theme": ""}).status_code == 422
    assert erin.post("/preferences", data={**sent, "theme": "dark"}).status_code == 303
    mistyped = {"from_on": "tomorrow", "until_on": "x", "reason": "On leave"}
    assert erin.post("/delegations", data=mistyped).status_code == 422
    assert lines(caplog) == []
