"""Lists taken along: the same rows as on the page, for the same readers, as CSV and as a workbook."""

from __future__ import annotations

import io
from datetime import date, datetime

import openpyxl
import pytest
from sqlalchemy.orm import Session

from review.domain.delegation import Window
from review.models import Person
from review.services.delegations import open_delegation
from review.services.people import deactivate
from review.services.privacy_holds import set_hold
from review.web import sheets
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import Door


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return a cycle in which a manager has left with a case, somebody acts for somebody, and a case is held."""
    scene = open_scene(session, now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    hanna = scene.actor("hanna")
    window = Window(scene.id("mats"), scene.id("dario"), date(2026, 11, 16), date(2026, 11, 20))
    open_delegation(session, window, reason="=away", actor=hanna, now=now)
    set_hold(session, "2026A-001", "A dispute", date(2027, 1, 1), actor=hanna, now=now)
    deactivate(session, scene.id("greta"), actor=hanna, now=now)
    session.commit()
    return scene


TABLES = {
    "/people/table.csv?function=Data": [
        "Name,Title,Function",
        "Jonas Weber,Head of Data,Data",
        "Lena Fuchs,Data scientist,Data",
    ],
    "/people/leavers.csv": ["Name,Left on,Part,Case or committee", "Greta Holm,2026-11-16,is the manager,2026A-001"],
    "/delegations/table.csv": [
        "Acts,For,From,Until,Reason,Set up by",
        "Dario Amato,Mats Oduya,2026-11-16,2026-11-20,'=away,Hanna Ruiz",
    ],
    "/legal-holds/table.csv": [
        "About,Reason,Until,Set by,On",
        "2026A-001,A dispute,2027-01-01,Hanna Ruiz,yes",
    ],
}


@pytest.mark.parametrize("url", TABLES)
def test_a_table_holds_what_the_page_shows(door: Door, url: str) -> None:
    answer = door.enter("hanna").get(url)
    assert answer.text.lstrip("\ufeff").splitlines() == TABLES[url]


@pytest.mark.parametrize("url", TABLES)
def test_a_workbook_holds_the_same_and_says_who_made_it(door: Door, url: str) -> None:
    answer = door.enter("hanna").get(url.replace(".csv", ".xlsx"))
    page, about = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    assert [row[0] for row in page.values] == [line.split(",")[0] for line in TABLES[url]]
    assert list(about.values)[-1] == ("Made by", "Hanna Ruiz")


def test_a_long_workbook_is_sent_while_it_is_written(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    client, found = door.enter("hanna"), []
    for most in (2, 1):
        monkeypatch.setattr(sheets, "AT_ONCE_ROWS", most)
        answer = client.get("/people/table.xlsx?function=Data")
        page, about = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
        found.append(("Content-Length" in answer.headers, list(page.values), list(about.values)))
    assert [each[0] for each in found] == [True, False]
    assert found[0][1:] == found[1][1:]


def test_who_may_not_open_the_page_does_not_get_the_table(door: Door, session: Session) -> None:
    client = door.enter("dario")
    answers = {url: client.get(url).status_code for url in TABLES}
    assert answers == {
        "/people/table.csv?function=Data": 200,
        "/people/leavers.csv": 404,
        "/delegations/table.csv": 200,
        "/legal-holds/table.csv": 404,
    }
    assert client.get("/delegations/table.csv").text.count("Mats Oduya") == 1
    assert door.enter("erin").get("/delegations/table.csv").text.count("Mats Oduya") == 0


def test_what_was_typed_is_named_and_no_header_is_broken_by_it(door: Door, session: Session, scene: Scene) -> None:
    session.get_one(Person, scene.id("lena")).title = "Zoë\r\nX: y"
    answer = door.enter("hanna").get("/people/table.csv", query_string={"words": 'zoë "x"\r\nSet-Cookie: a=b'})
    name = "people_name-title-or-function-zoe-x-set-cookie-a-b_2026-11-16.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
