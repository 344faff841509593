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
from review.models import Case, Committee, Cycle, Message, Rating
from review.queries.standing import load_standing
from review.services.people import apply_changes, deactivate
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from tests.factories import Scene, open_case_of, open_scene


def open_work(client: FlaskClient) -> list[list[str]]:
    page = BeautifulSoup(client.get("/people/leavers").get_data(as_text=True), "html.parser")
    return [[" ".join(cell.get_text().split()) for cell in row.select("th, td")] for row in page.select("tbody tr")]


def say_manager(client: FlaskClient, case_id: int) -> str:
    """Return what the page of a case says of its manager."""
    page = BeautifulSoup(client.get(f"/cases/{case_id}").get_data(as_text=True), "html.parser")
    name = next(each for each in page.select("dt") if each.get_text() == "Manager")
    return " ".join(name.find_next("dd").get_text(" ").split())  # type: ignore[union-attr]


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
    held = ["Greta Holm", "Monday 16 November 2026", "is the manager", case.code]
    assert open_work(client) == [[*held, f"Hand it on: Greta Holm, {case.code}"]]

    assert say_manager(client, case.id) == "Greta Holm has left Hand the case on"
    step = f"/cycles/{scene.cycle_id}/steps/new?step=reassign&case={case.id}&part=manager"
    page = BeautifulSoup(client.get(f"/cases/{case.id}").get_data(as_text=True), "html.parser")
    assert [link["href"] for link in page.select("aside dd a")] == [step]
    assert client.get(step).status_code == 200
    enter(client, session, scene, "ben", now)
    assert say_manager(client, case.id) == "Greta Holm"
    enter(client, session, scene, "hanna", now)

    file = file_of([PersonRow(2, "ben", "Ben Ito", manager="mats")], PersonField.MANAGER)
    apply_changes(session, file, actor=scene.actor("hanna"), now=now, scope=Scope.PART)
    session.commit()
    assert open_work(client) == []
    assert say_manager(client, case.id) == "Mats Oduya"
    assert session.scalars(sa.select(Case.manager_id)).one() == scene.id("mats")
    assert session.scalars(sa.select(Rating.rater_id)).one() == scene.id("greta")
    assert Role.MANAGER in load_standing(session, case.id, scene.actor("mats"), now=now).roles
    assert (
        scene.id("greta") in load_standing(session, case.id, scene.actor("hanna"), now=now).parties.former_manager_ids
    )
    told = session.scalars(sa.select(Message.to_person_id).where(Message.template == "case_taken_over")).all()
    assert told == [scene.id("mats")]


def test_what_a_leaver_held_names_what_to_do(client: FlaskClient, session: Session, now: datetime) -> None:
    scene = open_scene(session, now - timedelta(days=5))
    case = open_case_of(session, scene, "ben", "senior-pm", now - timedelta(days=4))
    enter(client, session, scene, "hanna", now)
    for key in ("ben", "clara"):
        deactivate(session, scene.id(key), actor=scene.actor("hanna"), now=now)
    committee = session.get_one(Committee, scene.committee_id).name
    day = "Monday 16 November 2026"
    assert open_work(client) == [
        ["Ben Ito", day, "is the candidate", case.code, f"Withdraw the case: Ben Ito, {case.code}"],
        ["Clara Boateng", day, "is the chair", committee, f"Change the committee: Clara Boateng, {committee}"],
    ]
    page = BeautifulSoup(client.get("/people/leavers").get_data(as_text=True), "html.parser")
    steps = [str(link["href"]) for link in page.select("tbody td:last-child a")]
    assert steps == [
        f"/cycles/{scene.cycle_id}/steps/new?step=withdraw&case={case.id}",
        f"/cycles/{scene.cycle_id}/committees",
    ]
    assert [client.get(step).status_code for step in steps] == [200, 200]

    session.get_one(Cycle, scene.cycle_id).state = "closed"
    session.commit()
    assert [row[2] for row in open_work(client)] == ["is the candidate"]


def test_who_puts_somebody_out_reads_at_once_that_they_hold_work(
    client: FlaskClient, session: Session, now: datetime
) -> None:
    """HR reads it; an IT admin, who knows of no case, does not."""
    scene = open_scene(session, now - timedelta(days=5))
    open_case_of(session, scene, "ben", "senior-pm", now - timedelta(days=4))
    read = []
    for actor, leaver in (("ines", "greta"), ("hanna", "otto"), ("hanna", "ben")):
        enter(client, session, scene, actor, now)
        page = client.post(f"/people/{scene.id(leaver)}/leave", follow_redirects=True).get_data(as_text=True)
        read.append("They still hold work that others wait for" in page)
    assert read == [False, False, True]
