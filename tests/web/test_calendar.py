"""Calendar files through a real client: one's own requests and tasks, and nobody else's."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, Feedback
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import Decline, decline
from review.services.transitions import fire
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import Door, soup


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    return open_scene(session, now)


@pytest.fixture
def door(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Door:
    return Door(client, session, now, scene.company.ids)


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    propose_givers(session, case.id, Proposal((scene.id("erin"),)), actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


def asked(session: Session) -> int:
    return session.scalars(sa.select(Feedback.id)).one()


def test_a_request_can_be_taken_along(door: Door, session: Session, case: Case) -> None:
    number = asked(session)
    giver = door.enter("erin")
    for page in ("/", "/asked"):
        links = [link["href"] for link in soup(giver.get(page)).select("main a[href$='.ics']")]
        assert links == [f"/feedback/{number}/due.ics"]
    answer = giver.get(f"/feedback/{number}/due.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    lines = answer.get_data(as_text=True).split("\r\n")
    assert lines[6:13] == [
        f"UID:feedback-{number}@localhost",
        "DTSTAMP:20261116T090000Z",
        "DTSTART;VALUE=DATE:20261123",
        "DTEND;VALUE=DATE:20261124",
        "SUMMARY:Your feedback is due",
        f"DESCRIPTION:Open it: http://localhost/feedback/{number}",
        f"URL:http://localhost/feedback/{number}",
    ]
    assert "Ben" not in answer.get_data(as_text=True)


def test_a_task_can_be_taken_along(door: Door, case: Case) -> None:
    candidate = door.enter("ben")
    links = [link["href"] for link in soup(candidate.get("/")).select("main a[href$='.ics']")]
    assert links == [f"/cases/{case.id}/due/case.ics"]
    assert "SUMMARY:A step in Dualtrack is due\r\n" in candidate.get(links[0]).get_data(as_text=True)


def test_nobody_else_gets_it(door: Door, session: Session, scene: Scene, case: Case, now: datetime) -> None:
    number = asked(session)
    paths = (f"/feedback/{number}/due.ics", f"/cases/{case.id}/due/case.ics", f"/cases/{case.id}/due/x.ics")
    for key in ("otto", "dev", "abel"):
        client = door.enter(key)
        assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    decline(session, case.id, number, Decline("no_time"), actor=scene.actor("erin"), now=now)
    assert door.enter("erin").get(paths[0]).status_code == 404
