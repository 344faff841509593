"""What waits for a token's owner, as programs read it: the lines of the home page, leading where they lead there."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.api.reading import TASK_PAGES
from review.models import Feedback
from review.web.places import PAGES, place_of
from tests.api_room import Program, give_token
from tests.factories import open_case_of, open_scene
from tests.services.test_proposals import WAYS
from tests.signed_in import Door, soup


def test_what_waits_leads_where_the_home_page_leads(
    app: Flask, client: FlaskClient, session: Session, now: datetime
) -> None:
    """Proposals and a case wait for HR, a request for a giver."""
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.add(Feedback(case_id=case.id, giver_id=scene.id("dev"), function="Design", state="asked", entered_at=now))
    for way in WAYS.values():
        way.propose(session, scene.actor("hanna"), now)
    session.commit()
    for key, count in (("hugo", 6), ("dev", 1)):
        page = soup(Door(client, session, now, scene.company.ids).enter(key).get("/"))
        there = [str(link["href"]) for link in page.select(".todo .act .btn")]
        program = Program(app, session, give_token(session, scene.id(key), now))
        told = [each["url"].removeprefix("http://localhost") for each in program.read("/todo")["data"]]
        assert (len(there), told) == (count, there)


def test_each_kind_of_task_is_done_where_the_pages_do_it(app: Flask) -> None:
    with app.test_request_context():
        done = {page: place_of(page, 7) for page in PAGES}
    assert {page: f"/cases/7{suffix}" for page, suffix in TASK_PAGES.items()} == done
