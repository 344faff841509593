"""The page of a session's report: who finds it, what it says, the file that is made for one reader, the list as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from io import StringIO

import pytest
from sqlalchemy.orm import Session

from review.models import Person
from tests.after_decision import another_decided, decided_room
from tests.committee_room import Room
from tests.factories import Scene
from tests.signed_in import Door, soup, words


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Give a case decided as "not yet", and one that was promoted."""
    room = decided_room(session, now, "decide_not_yet")
    another_decided(room, "ben", "senior-pm", "decide_promote")
    session.commit()
    session.get_bind().get_execution_options()["jobs"].ready.clear()  # the packets stay unprinted
    return room


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


@pytest.fixture
def url(room: Room) -> str:
    return f"/committee/agenda/{room.scene.committee_id}/report"


def test_the_chair_comes_to_it_from_agenda_and_decision(room: Room, door: Door, url: str) -> None:
    client = door.enter("clara")
    agenda = soup(client.get(f"/committee/agenda/{room.scene.committee_id}"))
    decision = soup(client.get(f"/cases/{room.case_id}/decision"))
    assert agenda.find("a", href=url) is not None
    assert decision.find("a", href=url) is not None
    told = words(client.get(url))
    assert "2 cases are decided" in told
    assert "Iris Vance" in told
    assert "0 : 5 : 0" not in told
    assert "5 : 0 : 0" in told
    assert "1 gap is named." in told


def test_hr_comes_to_it_from_the_committees(room: Room, door: Door, url: str) -> None:
    page = soup(door.enter("hanna").get(f"/cycles/{room.scene.cycle_id}/committees"))
    assert page.find("a", href=url) is not None


@pytest.mark.parametrize("key", ["mika", "omar", "iris", "ben", "greta", "noor", "abel", "ines"])
def test_nobody_else_learns_that_there_is_one(room: Room, door: Door, url: str, key: str) -> None:
    client = door.enter(key)
    gone = client.get("/committee/agenda/999/report").data
    for address in (url, f"{url}.pdf", f"{url}.csv"):
        assert (client.get(address).status_code, client.get(address).data) == (404, gone)
    assert client.post(url).status_code == 404
    for place in (f"/committee/agenda/{room.scene.committee_id}", f"/cases/{room.case_id}/decision"):
        assert url not in client.get(place).get_data(as_text=True)


def test_the_file_is_made_on_demand_and_only_as_long_as_it_is_theirs(
    room: Room, door: Door, url: str, run_jobs: Callable[[], int]
) -> None:
    client = door.enter("clara")
    assert client.get(f"{url}.pdf").location == url
    assert client.post(url, data={"request_key": "once"}).location == url
    assert client.post(url, data={"request_key": "once"}).location == url
    assert run_jobs() == 1
    sent = client.get(f"{url}.pdf")
    assert (sent.status_code, sent.mimetype, sent.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert sent.headers["Content-Disposition"] == f"attachment; filename=session-{room.scene.committee_id}.pdf"
    assert sent.headers["Cache-Control"] == "no-store"
    sent.close()
    assert "Download the report" in words(client.get(url))
    assert door.enter("hanna").get(f"{url}.pdf").location == url
    room.session.get_one(Person, room.scene.id("ben")).manager_id = room.scene.id("clara")
    room.session.commit()
    client = door.enter("clara")
    assert client.get(f"{url}.pdf").location == url
    assert "1 case is decided" in words(client.get(url))


def test_it_can_be_taken_along_as_csv(door: Door, url: str) -> None:
    rows = list(csv.DictReader(StringIO(door.enter("hanna").get(f"{url}.csv").get_data(as_text=True).lstrip("\ufeff"))))
    told = [(row["candidate"], row["new_level"], row["outcome"], row["promote"], row["gaps"]) for row in rows]
    assert told == [("Iris Vance", "IC4", "not_yet", "5", "1"), ("Ben Ito", "IC3", "promote", "5", "0")]
    assert [row["looked_at_again_on"] for row in rows] == ["2027-06-30", ""]
