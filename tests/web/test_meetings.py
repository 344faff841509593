"""A led session on the pages: what is on for whom, polls that cost one statement, and presses from a stale tab."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from tests.committee_room import Room, built_room
from tests.conftest import Statements
from tests.factories import Scene

Enter = Callable[[str], FlaskClient]
RECUSAL = "The committee talks about a case that you are out of. Nothing of it is shown here."


@pytest.fixture
def iris(session: Session, scene: Scene, now: datetime) -> Room:
    return sealed(session, scene, now, "iris", "staff-pm")


@pytest.fixture
def ben(session: Session, scene: Scene, now: datetime, iris: Room) -> Room:
    return sealed(session, scene, now, "ben", "senior-pm")


@pytest.fixture
def url(scene: Scene) -> str:
    return f"/committee/agenda/{scene.committee_id}"


@pytest.fixture
def enter(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Enter:
    tokens: dict[str, str] = {}

    def sign_in(key: str) -> FlaskClient:
        if key not in tokens:
            tokens[key] = open_sign_in(session, scene.id(key), now=now)
            session.commit()
        with client.session_transaction() as cookie:
            cookie[TOKEN], cookie[SEEN] = tokens[key], int(now.timestamp())
        return client

    return sign_in


def sealed(session: Session, scene: Scene, now: datetime, key: str, level: str) -> Room:
    room = built_room(session, scene, now, key=key, to_level=level)
    room.fire("seal", "hanna")
    session.commit()
    return room


def parse(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    soup = parse(answer)
    return " ".join((soup.find("main") or soup).get_text(" ").split())


def poll_of(answer: TestResponse, place: str = "live") -> str:
    part = parse(answer).find(id=place)
    assert part is not None
    return str(part["hx-get"])


def press(client: FlaskClient, url: str, page: TestResponse, **fields: object) -> TestResponse:
    """Press a button of who leads, as the page had it: with its version."""
    version = parse(page).select_one("#live [name=version]")
    return client.post(url, data={"version": version["value"] if version else 0, **fields})


def test_the_chair_puts_cases_on_and_members_follow(iris: Room, ben: Room, enter: Enter, url: str) -> None:
    first = enter("clara").get(url)
    assert "Nothing is on" in words(first)
    poll = poll_of(enter("mika").get(url))
    assert enter("mika").get(poll).status_code == 204
    assert press(enter("clara"), f"{url}/now", first, case=iris.case_id).location == url
    changed = enter("mika").get(poll)
    assert "Now: case 1 of 2 0:00 of 8 min Iris Vance IC4 · the case as a whole" in words(changed)
    assert parse(changed).find(attrs={"aria-current": "true"}).a.get_text() == "Iris Vance"  # type: ignore[union-attr]
    assert parse(changed).find("form") is None  # no button for who does not lead
    assert enter("mika").get(poll_of(changed)).status_code == 204
    page = enter("clara").get(url)
    assert "Next: Ben Ito" in words(page)
    press(enter("clara"), f"{url}/now", page, case=iris.case_id, criterion="leadership", session=iris.case_id)
    assert "Iris Vance IC4 · criterion Leadership" in words(enter("mika").get(poll_of(changed)))
    assert "criterion Leadership" in words(enter("mika").get(url))  # a plain page, without script
    page = enter("clara").get(url)
    press(enter("clara"), f"{url}/pause", page)
    assert "Now: case 1 of 2 Paused 0:00 of 8 min" in words(enter("mika").get(url))
    page = enter("clara").get(url)
    press(enter("clara"), f"{url}/resume", page)
    page = enter("clara").get(url)
    press(enter("clara"), f"{url}/off", page)
    assert "Nothing is on" in words(enter("clara").get(url))


def test_a_poll_without_news_takes_one_statement_beside_the_sign_in(
    iris: Room, enter: Enter, url: str, statements: Statements
) -> None:
    client = enter("mika")
    polls = [poll_of(client.get(url))]
    session_page = client.get(f"/cases/{iris.case_id}/session")
    polls.append(poll_of(client.get(poll_of(session_page, "now-bar")), "now-bar"))
    for poll in polls:
        with statements() as issued:
            assert client.get(poll).status_code == 204
        assert len(issued) == 2


def test_the_session_of_a_case_says_what_is_on(iris: Room, ben: Room, enter: Enter, url: str) -> None:
    press(enter("clara"), f"{url}/now", enter("clara").get(url), case=ben.case_id)
    bar = enter("mika").get(poll_of(enter("mika").get(f"/cases/{iris.case_id}/session"), "now-bar"))
    assert "Now: case 2 of 2" in words(bar)
    assert parse(bar).find("a", href=f"/cases/{ben.case_id}/session") is not None
    bar = enter("clara").get(poll_of(enter("clara").get(f"/cases/{ben.case_id}/session"), "now-bar"))
    form = parse(bar).find("form", action=f"{url}/now")
    assert form is not None
    sent = {each["name"]: each["value"] for each in form.find_all("input") if each["name"] != "csrf_token"}
    moved = enter("clara").post(f"{url}/now", data={**sent, "criterion": "leadership"})
    assert moved.location == f"/cases/{ben.case_id}/session"
    assert parse(enter("hanna").get(f"/cases/{ben.case_id}/session")).find(id="now-bar") is None


def test_who_becomes_conflicted_while_the_case_is_on_sees_only_that(
    iris: Room, ben: Room, enter: Enter, url: str
) -> None:
    press(enter("clara"), f"{url}/now", enter("clara").get(url), case=iris.case_id)
    agenda = poll_of(enter("mika").get(url))
    bars = [poll_of(enter("mika").get(f"/cases/{room.case_id}/session"), "now-bar") for room in (iris, ben)]
    gone = enter("mika").post(f"/cases/{iris.case_id}/conflict", data={"kind": "dispute", "reason": "In court."})
    assert gone.status_code == 303
    assert enter("mika").get(agenda).headers["HX-Refresh"] == "true"
    assert [enter("mika").get(bar).headers["HX-Redirect"] for bar in bars] == [url, url]
    page = enter("mika").get(url)
    assert RECUSAL in words(page)
    for name in ("Iris", "Ben", "IC4", "Leadership", "of 2"):
        assert name not in words(page)
    assert enter("mika").get(poll_of(page)).status_code == 204
    press(enter("clara"), f"{url}/now", enter("clara").get(url), case=ben.case_id)
    assert enter("mika").get(poll_of(page)).headers["HX-Refresh"] == "true"
    assert "Now: case 1 of 1" in words(enter("mika").get(url))
    assert "Iris" not in words(enter("mika").get(url))


def test_a_stale_tab_pressing_next_is_told(iris: Room, ben: Room, enter: Enter, url: str) -> None:
    stale = enter("clara").get(url)
    press(enter("clara"), f"{url}/now", stale, case=ben.case_id)
    refused = press(enter("clara"), f"{url}/now", stale, case=iris.case_id)
    assert refused.status_code == 409
    assert "The session has moved on since this page was shown." in words(refused)
    assert "Now: case 2 of 2" in words(enter("clara").get(url))


@pytest.mark.parametrize("key", ["hanna", "greta", "iris", "otto"])
def test_others_learn_nothing_of_a_session(iris: Room, enter: Enter, url: str, key: str) -> None:
    press(enter("clara"), f"{url}/now", enter("clara").get(url), case=iris.case_id)
    client = enter(key)
    gone = client.get("/committee/agenda/999/live?seen=99999").data
    answers = [client.get(f"{url}/live?seen={seen}") for seen in (0, 99999)]
    assert [(each.status_code, each.data) for each in answers] == [(404, gone)] * 2
    for page in ("now", "off", "pause", "resume"):
        pressed = client.post(f"{url}/{page}", data={"case": iris.case_id, "version": 1})
        assert (page, pressed.status_code) == (page, 403 if key == "hanna" else 404)  # HR knows of every committee
    assert "Now: case 1 of" in words(enter("clara").get(url))


def test_nonsense_is_no_fault_of_the_server(iris: Room, enter: Enter, url: str) -> None:
    client = enter("clara")
    assert client.post(f"{url}/now", data={"case": "x", "version": "y"}).status_code == 404
    assert client.post(f"{url}/now", data={"case": iris.case_id, "criterion": "charm"}).status_code == 422
    assert client.get(f"{url}/live?seen=x&case=y").status_code == 200
    many = "9" * 30
    assert client.get(f"{url}/live?seen={many}&case={many}").status_code == 200
    assert client.post(f"{url}/now", data={"case": many, "version": many}).status_code == 404
    assert client.post(f"{url}/pull", data={"case": many}).status_code == 404
    assert client.post(f"{url}/confirm", data={"case": many}).status_code == 409
