"""The page of emergency access: asked for, granted, used and ended, and nothing of it for anybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Conflict, EmergencyAccess
from tests.committee_room import Room, sealed_room
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import faults, listed, soup, words

Enter = Callable[[str], FlaskClient]
URL = "/emergency"


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    room = sealed_room(session, now)
    hugo = room.scene.id("hugo")
    session.add(
        Conflict(
            case_id=room.case_id, person_id=hugo, kind="other", reason="x", declared_by_id=hugo, declared_at=now
        )
    )  # fmt: skip
    session.commit()
    return room


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def test_a_request_is_asked_granted_used_and_ended(room: Room, enter: Enter) -> None:
    case, code = f"/cases/{room.case_id}", room.case.code
    client = enter("hugo")
    assert [each["href"] for each in soup(client.get("/delegations")).select("main a")] == ["/people", URL]
    assert client.get(case).status_code == 404
    sent = {"code": code, "reason": "The letter is due.", "request_key": "k"}
    assert [client.post(URL, data=sent).status_code for _ in range(2)] == [303, 303]
    assert [row.split(" 16 ")[0] for row in listed(client.get(URL), "[data-item]")] == [f"{code} waits for an answer"]
    assert soup(client.get(URL)).select("[data-item] a, [data-item] form") == []

    client = enter("hanna")
    page = client.get(URL)
    assert [row.split(", 16 ")[0] for row in listed(page, "[data-item]")] == [f"{code} waits for an answer Hugo Brandt"]
    grant = soup(page).select("[data-item] form")[0]["action"]
    assert client.post(str(grant)).status_code == 303
    assert client.post(str(grant)).status_code == 409

    client = enter("hugo")
    assert "You are out of this case and read it by emergency access." in words(client.get(case))
    assert client.get(f"{case}/packet").status_code == 200
    assert [each["href"] for each in soup(client.get(URL)).select("[data-item] a")] == [case]
    assert [client.post(f"{case}/actions", data={"action": "unseal", "note": "x"}).status_code] == [403]
    end = soup(client.get(URL)).select("[data-item] form")[0]["action"]
    assert client.post(str(end)).status_code == 303
    [ended] = listed(client.get(URL), "[data-item]")
    assert ended.split(" The letter")[0].split(" · until ")[1] == ended.split(" over ")[1].split(" · ")[0]
    gone = client.get("/cases/987654")
    assert [(client.get(f"{case}{path}").data == gone.data) for path in ("", "/packet")] == [True, True]


def test_a_case_that_is_not_there_is_answered_alike(room: Room, enter: Enter) -> None:
    client, said = enter("ines"), []
    for code in (room.case.code, "2026A-999"):
        client.post(URL, data={"code": code, "reason": "A fault in the data."})
        said.append(words(client.get(URL)).replace(code, "").split("Asked by you")[1].split("waits")[1])
    assert said[1].startswith(said[0].split(" A fault")[0])
    empty = client.post(URL, data={"code": "", "reason": "Kept."})
    assert (empty.status_code, faults(empty)) == (422, ["Number of the case: Please fill this in"])
    assert "Kept." in empty.get_data(as_text=True)


@pytest.mark.parametrize("key", ["clara", "iris", "greta", "abel", "noor", "otto"])
def test_the_page_is_for_hr_and_whoever_runs_it(room: Room, enter: Enter, key: str) -> None:
    client = enter(key)
    asked = {"code": room.case.code, "reason": "x"}
    pairs = [(client.get(URL), client.get("/no")), (client.post(URL, data=asked), client.post("/no", data=asked))]
    assert [(told.status_code, told.data == gone.data) for told, gone in pairs] == [(404, True)] * 2


def test_as_many_statements_for_one_request_as_for_five(
    room: Room, session: Session, enter: Enter, statements: Statements
) -> None:
    def add() -> None:
        asked = {"case_id": room.case_id, "person_id": room.scene.id("hugo"), "asked_at": room.now}
        session.add(EmergencyAccess(code=room.case.code, reason="x", **asked))
        session.commit()

    add()
    client = enter("hanna")
    client.get(URL)
    with statements() as one:
        client.get(URL)
    for _ in range(4):
        add()
    with statements() as five:
        assert len(listed(client.get(URL), "[data-item]")) == 5
    assert len(one) == len(five)
