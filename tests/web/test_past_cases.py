"""The page that brings past cases in: upload, say what words mean, look, bring in, take back; and the person's page."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import PastCase, PastImport
from tests.conftest import Statements
from tests.factories import Scene, open_scene
from tests.signed_in import Door, faults, soup, words

FILE = (
    "Round,Decided,Colleague,Target level,Decision\n"
    "Spring 2024,2024-05-17,ben,IC2,Yes!\n"
    "Spring 2024,2024-05-17,dario,M5,declined\n"
    "Spring 2024,2024-05-17,nobody,M5,declined\n"
)


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    scene = open_scene(session, now)
    session.commit()
    return scene


def upload(client: FlaskClient, data: str = FILE, name: str = "past.csv") -> TestResponse:
    fields = {"file": (io.BytesIO(data.encode()), name), "cycle": "", "announced_on": "", "order": "not-said"}
    return client.post("/cycles/past", data=fields, content_type="multipart/form-data")


def fields(answer: TestResponse, action: str) -> dict[str, str]:
    """Return what a form of a page would send as it stands."""
    form = soup(answer).select_one(f"form[action='{action}']")
    assert form is not None
    found = {str(each["name"]): str(each["value"]) for each in form.select("input[type=hidden]")}
    for select in form.select("select"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        assert chosen is not None
        found[str(select["name"])] = str(chosen.get("value", chosen.get_text()))
    return found


def counts(answer: TestResponse) -> dict[str, str]:
    found = soup(answer).select("section[aria-labelledby=counts] dl > *")
    return dict(zip((each.get_text() for each in found[::2]), (each.get_text() for each in found[1::2]), strict=True))


def test_a_file_comes_in_step_by_step_and_goes_as_a_whole(door: Door, session: Session) -> None:
    client = door.enter("hanna")
    first = upload(client)
    assert counts(first) == {
        "Added": "0", "Changed": "0", "Stay as they are": "0", "Refused": "3", "Columns not read": "Decided, Colleague",
    }  # fmt: skip
    assert "there is no column for “person”" in faults(first)[0]
    said = fields(first, "/cycles/past/look") | {"column-person": "Colleague", "column-announced_on": "Decided"}
    second = client.post("/cycles/past/look", data=said)
    assert (counts(second)["Added"], counts(second)["Refused"]) == ("1", "2")
    third = client.post("/cycles/past/look", data=fields(second, "/cycles/past/look") | {"outcome-Yes!": "promoted"})
    assert (counts(third)["Added"], counts(third)["Refused"]) == ("2", "1")
    wish = fields(third, "/cycles/past/apply")
    assert client.post("/cycles/past/apply", data=wish).status_code == 409
    assert session.scalar(sa.select(sa.func.count()).select_from(PastCase)) == 0
    assert client.post("/cycles/past/apply", data=wish | {"leaves_out": "y"}).status_code == 303
    outcomes = sa.select(PastCase.outcome).order_by(PastCase.id)
    assert session.scalars(outcomes).all() == ["promoted", "not_yet"]
    again = upload(client)
    assert (counts(again)["Added"], counts(again)["Stay as they are"], counts(again)["Refused"]) == ("0", "2", "1")
    number = session.scalars(sa.select(PastImport.id)).one()
    assert client.post(f"/cycles/past/{number}/undo").status_code == 303
    assert session.scalars(outcomes).all() == []
    assert "taken back" in words(client.get("/cycles/past"))


def test_a_file_that_would_do_something_else_by_now_is_shown_anew(door: Door, session: Session, scene: Scene) -> None:
    client = door.enter("hanna")
    data = "cycle,announced_on,person,to_level,outcome\nSpring 2024,2024-05-17,ben,IC2,promoted\n"
    wish = fields(upload(client, data), "/cycles/past/apply")
    other = fields(upload(client, data.replace("promoted", "deferred")), "/cycles/past/apply")
    assert client.post("/cycles/past/apply", data=other).status_code == 303
    answer = client.post("/cycles/past/apply", data=wish)
    assert (answer.status_code, counts(answer)["Changed"]) == (409, "1")
    assert session.scalars(sa.select(PastCase.outcome)).all() == ["deferred"]
    same = fields(answer, "/cycles/past/apply")
    assert [client.post("/cycles/past/apply", data=same).status_code for _ in range(2)] == [303, 422]
    assert session.scalars(sa.select(PastCase.outcome).where(PastCase.replaced_by_id.is_(None))).all() == ["promoted"]


def test_the_persons_page_and_the_table_show_them(door: Door, scene: Scene) -> None:
    data = (
        "cycle,announced_on,person,to_level,outcome,reason,votes_promote\n"
        "Spring 2024,2024-05-17,ben,IC2,promoted,=ready,\n"
    ).replace("=ready", "'=ready")
    hanna = door.enter("hanna")
    hanna.post("/cycles/past/apply", data=fields(upload(hanna, data), "/cycles/past/apply"))
    lines = hanna.get("/cycles/past/table.csv").text.lstrip("\ufeff").splitlines()
    assert lines[1:] == ["ben,Ben Ito,Spring 2024,2024-05-17,,IC2 PM 2,Promoted,'=ready,,"]
    seen = {}
    for key in ("hanna", "ben", "greta", "otto"):
        page = soup(door.enter(key).get(f"/people/{scene.id('ben')}"))
        seen[key] = [row.get_text() for row in page.select("section[aria-labelledby=past] tbody th")]
    assert seen == {"hanna": ["Spring 2024"], "ben": ["Spring 2024"], "greta": [], "otto": []}


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        ("", "past.csv", "the file is empty"),
        ("%PDF-1.7 ", "past.pdf", "this is a PDF"),
        ("cycle\nx\n", "past.docx", "docx"),
    ],
)
def test_what_is_no_table_is_told_at_the_upload(door: Door, data: str, name: str, said: str) -> None:
    answer = upload(door.enter("hanna"), data, name)
    assert answer.status_code == 422
    assert said in " ".join(faults(answer))


def test_the_page_takes_the_same_statements_for_more_files(
    door: Door, session: Session, statements: Statements, now: datetime
) -> None:
    client, counted = door.enter("hanna"), []
    for _ in range(2):
        for _ in range(15):
            session.add(PastImport(digest="d", name="x.csv", reading={}, brought_at=now, added=1, changed=0))
        session.commit()
        with statements() as issued:
            assert client.get("/cycles/past").status_code == 200
        counted.append(len(issued))
    assert counted[0] == counted[1]
