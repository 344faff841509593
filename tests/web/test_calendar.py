"""Calendar files through a real client: one's own requests and tasks, and nobody else's."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import CalendarFeed, Case, Feedback
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import Decline, decline
from review.services.people import deactivate
from review.services.transitions import fire
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, soup


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


def follow(client: FlaskClient) -> str:
    """Make a calendar address on the page of the preferences and return it; it is shown once."""
    shown = soup(client.post("/preferences/calendar", follow_redirects=True)).select_one(".flashes")
    assert shown is not None
    address = shown.get_text().split()[-1]
    assert address.startswith("http://localhost/calendar/")
    assert address not in client.get("/preferences").text
    return address.removeprefix("http://localhost")


def test_a_calendar_program_follows_ones_dates_without_names(
    door: Door, app: Flask, session: Session, scene: Scene, case: Case
) -> None:
    address = follow(door.enter("erin"))
    answer = app.test_client().get(address)  # a program, not signed in
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    lines = answer.get_data(as_text=True).split("\r\n")
    said = [line for line in lines if line.startswith(("SUMMARY", "DTSTART"))]
    assert said == [
        "DTSTART;VALUE=DATE:20261123",
        "SUMMARY:Your feedback is due",
        "DTSTART;VALUE=DATE:20261120",
        "SUMMARY:Autumn 2026: Nominations until",
        "DTSTART;VALUE=DATE:20261204",
        "SUMMARY:Autumn 2026: Self-review until",
        "DTSTART;VALUE=DATE:20261211",
        "SUMMARY:Autumn 2026: Feedback until",
        "DTSTART;VALUE=DATE:20270112",
        "SUMMARY:Autumn 2026: Committees meet",
        "DTSTART;VALUE=DATE:20270122",
        "SUMMARY:Autumn 2026: Answers go out",
        "DTSTART;VALUE=DATE:20270201",
        "SUMMARY:Autumn 2026: New levels count from",
    ]
    assert "Ben" not in answer.text
    assert session.scalars(sa.select(CalendarFeed.token_hash)).one() not in address


def test_an_address_opens_nothing_once_it_is_made_anew_taken_back_or_its_owner_has_left(
    door: Door, app: Flask, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    client, program = door.enter("erin"), app.test_client()
    first = follow(client)
    second = follow(client)
    assert [program.get(each).status_code for each in (first, second)] == [404, 200]
    assert client.post("/preferences/calendar/revoke").status_code == 303
    assert program.get(second).status_code == 404
    third = follow(client)
    assert program.get(third).status_code == 200
    deactivate(session, scene.id("erin"), actor=scene.actor("hanna"), now=now)
    session.commit()
    assert program.get(third).status_code == 404
