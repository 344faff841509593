"""A manager leaves in the middle of a case: HR sees it, names another, and the case goes on with every word kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.access import Role
from review.domain.people_changes import Scope
from review.domain.people_file import PersonField, PersonRow, file_of
from review.models import Case, Message, Rating
from review.queries.standing import load_standing
from review.services.people import apply_changes, deactivate
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from tests.factories import Scene, open_case_of, open_scene


def open_work(client: FlaskClient) -> list[list[str]]:
    page = BeautifulSoup(client.get("/people/leavers").get_data(as_text=True), "html.parser")
    return [[" ".join(cell.get_text().split()) for cell in row.select("th, td")] for row in page.select("tbody tr")]


def enter(client: FlaskClient, session: Session, scene: Scene, key: str, now: datetime) -> None:
    token = open_sign_in(session, scene.id(key), now=now)
    session.commit()
    with client.session_transaction() as cookie:
        cookie[TOKEN], cookie[SEEN] = token, int(now.timestamp())


def test_a_case_outlives_its_manager(client: FlaskClient, session: Session, now: datetime) -> None:
    scene = open_scene(session, now - timedelta(days=5))
    case = open_case_of(session, scene, "ben", "senior-pm", now - timedelta(days=4))
    session.add(Rating(case_id=case.id, round="first", rater_id=scene.id("greta"), created_at=now, locked_at=now))
    enter(client, session, scene, "hanna", now)
    assert open_work(client) == []

    deactivate(session, scene.id("greta"), actor=scene.actor("hanna"), now=now)
    assert open_work(client) == [["Greta Holm", "Monday 16 November 2026", "is the manager", case.code]]

    file = file_of([PersonRow(2, "ben", "Ben Ito", manager="mats")], PersonField.MANAGER)
    apply_changes(session, file, actor=scene.actor("hanna"), now=now, scope=Scope.PART)
    session.commit()
    assert open_work(client) == []
    assert session.scalars(sa.select(Case.manager_id)).one() == scene.id("mats")
    assert session.scalars(sa.select(Rating.rater_id)).one() == scene.id("greta")
    assert Role.MANAGER in load_standing(session, case.id, scene.actor("mats"), now=now).roles
    assert (
        scene.id("greta") in load_standing(session, case.id, scene.actor("hanna"), now=now).parties.former_manager_ids
    )
    told = session.scalars(sa.select(Message.to_person_id).where(Message.template == "case_taken_over")).all()
    assert told == [scene.id("mats")]
