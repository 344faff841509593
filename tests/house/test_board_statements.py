"""How many statements the board of a cycle's requests takes: as written here, for ten requests and for a thousand."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Feedback, Person
from review.services.transitions import fire
from tests.conftest import Statements
from tests.factories import open_case_of, open_scene
from tests.signed_in import Door, words

COUNTS = {"": 4, "?step=remind": 7, ".csv": 4, "?late=y&sort=giver&page=2": 4}
"""Sign-in included; a trial looks at the whole list beside the page of it."""


@pytest.mark.parametrize("requests", [10, 1000])
def test_a_thousand_requests_take_no_more_statements_than_ten(
    client: FlaskClient, session: Session, now: datetime, statements: Statements, requests: int
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    people = [
        {"external_id": f"x{n}", "name": f"Giver {n:04}", "function": "Data", "title": ""} for n in range(requests)
    ]
    session.execute(sa.insert(Person), people)
    givers = session.scalars(
        sa.select(Person.id).where(Person.external_id.startswith("x"), Person.name.like("Giver %"))
    )
    about = {"case_id": case.id, "function": "Data", "state": "asked", "entered_at": now, "due_at": now}
    session.execute(sa.insert(Feedback), [{**about, "giver_id": giver} for giver in givers])
    hr, board = Door(client, session, now, scene.company.ids).enter("hanna"), f"/cycles/{scene.cycle_id}/feedback"
    hr.get("/")
    counted = {}
    for end in COUNTS:
        with statements() as issued:
            answer = hr.get(board + end)
        assert answer.status_code == 200
        counted[end] = len(issued)
    assert counted == COUNTS
    assert words(hr.get(board), "#requests") == f"{requests} requests"
