"""Requests for one's own data wait on the home page of whoever can answer them, who alone are told by mail."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.adapters.jobs import run_inline
from review.domain.subject_access import State
from review.domain.worklist import TodoRow
from review.extensions import db
from review.models import Conflict, Message, Person, SubjectRequest
from review.queries.worklist import load_home
from tests.api_room import Program, give_token
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, listed, soup


def ask(session: Session, scene: Scene, now: datetime, key: str, *, day: int, state: State = State.REVIEW) -> None:
    """Let somebody have asked, for an answer until a day of December."""
    row = {"asked_by_id": scene.id(key), "asked_at": now, "due_on": date(2026, 12, day), "state": state}
    session.add(SubjectRequest(person_id=scene.id(key), **row))
    session.commit()


def be_out(session: Session, scene: Scene, now: datetime, key: str) -> None:
    """Give Iris a case, and an HR partner a conflict with it."""
    case, hr = open_case_of(session, scene, "iris", "staff-pm", now), scene.id(key)
    session.add(Conflict(case_id=case.id, person_id=hr, kind="other", declared_by_id=hr, declared_at=now))
    session.commit()


def waits(session: Session, scene: Scene, now: datetime, key: str) -> list[TodoRow]:
    return [row for row in load_home(session, scene.actor(key), now=now).todo if row.page == "data_requests"]


@pytest.mark.both_databases
def test_requests_wait_for_who_can_answer_them_due_with_the_first(
    session: Session, scene: Scene, now: datetime
) -> None:
    """A day ends where whoever asks is; one that is answered waits no more, one about an HR partner never for them."""
    session.get_one(Person, scene.id("iris")).zone = "Asia/Tokyo"
    for key, day, state in (
        ("otto", 16, State.GATHERING),
        ("iris", 9, State.REVIEW),
        ("hugo", 12, State.RELEASING),
        ("cora", 1, State.RELEASED),
    ):
        ask(session, scene, now, key, day=day, state=state)
    be_out(session, scene, now, "hugo")
    everybody = [key for key in scene.company.ids if key != "xenia"]
    told = {key: rows for key in everybody if (rows := waits(session, scene, now, key))}
    assert {key: [(str(row.context), row.minutes, row.due_at) for row in rows] for key, rows in told.items()} == {
        "hugo": [("1 request waits", 15, datetime(2026, 12, 16, 23, 59, 59, tzinfo=UTC))],
        "hanna": [("2 requests wait", 30, datetime(2026, 12, 9, 14, 59, 59, tzinfo=UTC))],
    }


def test_the_line_leads_to_the_list_and_names_nobody(
    app: Flask, door: Door, session: Session, scene: Scene, now: datetime
) -> None:
    ask(session, scene, now, "otto", day=16)
    page = door.enter("hanna").get("/")
    line, asked = "1 request waits Wed 16 Dec in 30 days 15 min Open :", "Answer whoever asks for their data"
    assert listed(page, ".todo li") == [f"{asked} {line} {asked}"]
    (link,) = soup(page).select(".todo .what a")
    assert "Otto Nagy" in listed(door.client.get(str(link["href"])), "[data-item]")[0]
    assert [soup(page).find(string="Otto Nagy"), soup(page).select(".todo a[href$='.ics']")] == [None, []]
    (told,) = Program(app, session, give_token(session, scene.id("hanna"), now)).read("/todo")["data"]
    assert (told["url"], told["about"], told["case_id"]) == (f"http://localhost{link['href']}", "", None)


def test_a_calendar_program_has_the_day(door: Door, app: Flask, session: Session, scene: Scene, now: datetime) -> None:
    ask(session, scene, now, "otto", day=16)
    shown = soup(door.enter("hanna").post("/preferences/calendar", follow_redirects=True)).select_one(".flashes")
    address = shown.get_text().split()[-1].removeprefix("http://localhost") if shown else ""
    lines = app.test_client().get(address).get_data(as_text=True).split("\r\n")
    assert [line for line in lines[:20] if line.startswith(("UID", "DTSTART", "URL"))][:3] == [
        "UID:data_requests@localhost",
        "DTSTART;VALUE=DATE:20261216",
        "URL:http://localhost/data-requests",
    ]


def test_it_takes_the_same_statements_for_more_of_them(
    door: Door, session: Session, scene: Scene, now: datetime, statements: Statements
) -> None:
    counts = []
    for keys in (("otto",), ("iris", "cora", "ben")):
        for key in keys:
            ask(session, scene, now, key, day=16)
        door.enter("hanna").get("/")
        with statements() as issued:
            door.client.get("/")
        counts.append(len(issued))
    assert counts == [5, 5]


@pytest.mark.parametrize(("out", "told"), [((), ["hanna", "hugo"]), (("hugo",), ["hanna"]), (("hanna", "hugo"),) * 2])
def test_partners_who_can_answer_are_told_and_all_of_them_where_none_can(
    app: Flask,
    client: FlaskClient,
    session: Session,
    scene: Scene,
    now: datetime,
    out: tuple[str, ...],
    told: list[str] | tuple[str, ...],
) -> None:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    for key in out:
        row = {"kind": "other", "declared_by_id": scene.id(key), "declared_at": now}
        session.add(Conflict(case_id=case.id, person_id=scene.id(key), **row))
    session.commit()
    Door(client, session, now, scene.company.ids).enter("iris").post("/my-data", data={"request_key": "k"})
    session.commit()
    with app.app_context():
        assert run_inline(db.session(), now=now) == 1
    mails = sa.select(Message.to_person_id).where(Message.template == "data_asked").order_by(Message.id)
    assert session.scalars(mails).all() == [scene.id(key) for key in told]
