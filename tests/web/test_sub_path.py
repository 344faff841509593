"""Pages below a path of a host: no link, form or redirect leads out of it, and nothing a request says moves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review import create_app
from review.config import Settings, UnsafeSettings, find_problems, read_settings
from review.extensions import db
from tests.committee_room import Room, sealed_room
from tests.conftest import make_settings
from tests.factories import Scene
from tests.signed_in import Door, soup

ROOT = "/reviews"
LEADING = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data-autosave", "data-preview", "data-gone")
READERS = ("hanna", "greta", "iris", "clara")
FEWEST_PAGES = 60


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return the settings of an installation below a path."""
    return make_settings(database_url, tmp_path, public_url=f"http://localhost{ROOT}")


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def lead(answer: TestResponse) -> Iterator[str]:
    """Return every address that a page holds, and where it sends on."""
    if "Location" in answer.headers:
        yield answer.headers["Location"]
    if answer.mimetype == "text/html":
        for part in soup(answer).find_all(True):
            yield from (str(part[name]) for name in LEADING if part.get(name))


def find_strays(answer: TestResponse) -> list[str]:
    """Return the addresses on this host that are not below the path."""
    return [each for each in lead(answer) if each.startswith("/") and not each.startswith(f"{ROOT}/")]


def walk(client: FlaskClient) -> dict[str, TestResponse]:
    """Follow every link from the first page on, one of each kind, and return the answers by their addresses."""
    waiting, kinds, answers = [f"{ROOT}/"], set(), {}
    while waiting:
        url = waiting.pop()
        answers[url] = client.get(url)
        answers[url].get_data()  # to its end, also where it is written piece by piece
        is_page = answers[url].mimetype == "text/html"
        parts = soup(answers[url]).select("a[href]") if is_page else ()
        links = {urljoin(url, str(part["href"])) for part in parts}
        for link in sorted({*links, *lead_on(answers[url])}):
            kind = re.sub(r"\d+", "0", urlsplit(link).path)
            if link.startswith(f"{ROOT}/") and kind not in kinds:
                kinds.add(kind)
                waiting.append(link.partition("#")[0])
    return answers


def lead_on(answer: TestResponse) -> list[str]:
    return [answer.headers["Location"]] if "Location" in answer.headers else []


def test_no_page_holds_a_link_that_leads_out(door: Door) -> None:
    pages = 0
    for key in READERS:
        answers = walk(door.enter(key))
        assert {url: strays for url, answer in answers.items() if (strays := find_strays(answer))} == {}
        assert {url: answer.status for url, answer in answers.items() if answer.status_code not in (200, 303)} == {}
        pages += len(answers)
    assert pages >= FEWEST_PAGES


def test_neither_does_one_that_tells_of_an_error(door: Door, room: Room) -> None:
    client, case = door.client, f"{ROOT}/cases/{room.case_id}"
    closed = client.get(f"{case}?a=1")
    assert closed.headers["Location"] == f"{ROOT}/sign-in?next={case}?a%3D1"
    door.enter("greta")
    answers = [
        client.get(f"{ROOT}/nowhere"),
        client.post(f"{case}/actions/seal", data={"note": "not mine"}),
        client.post(f"{case}/first-view", data={"criterion": "hard-skills", "value": "9", "version": "0"}),
        client.post(f"{ROOT}/preferences", data={"theme": "dark"}),
        client.post(f"{ROOT}/sign-out"),
    ]
    assert [find_strays(answer) for answer in answers] == [[]] * 5
    assert [answer.status_code for answer in answers][-2:] == [303, 303]
    assert answers[-1].headers["Location"] == f"{ROOT}/sign-in"


def test_one_lands_where_one_wanted_to_go(client: FlaskClient, door: Door) -> None:
    door.enter("greta")
    wanted = {f"{ROOT}/people?a=1": f"{ROOT}/people?a=1", "/other-site": f"{ROOT}/", "//evil.example": f"{ROOT}/"}
    for target, lands in wanted.items():
        assert client.get(f"{ROOT}/sign-in", query_string={"next": target}).headers["Location"] == lands


def test_nothing_else_of_the_host_is_ours(client: FlaskClient) -> None:
    asked = ["/", "/cycles", "/reviewsx/", "/sign-in", "/static/app.js"]
    assert [client.get(path).status_code for path in asked] == [404] * len(asked)
    assert client.get("/").get_data(as_text=True) == "The pages are below /reviews/\n"
    assert [client.get(f"{at}/health").status_code for at in ("", ROOT)] == [200, 200]


def test_a_request_cannot_move_the_pages(client: FlaskClient, settings: Settings) -> None:
    said = {"X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil", "Script-Name": "/evil"}
    for proxies in (0, 1):
        app = create_app(replace(settings, proxies=proxies))
        asked = app.test_client().get(f"{ROOT}/sign-in", headers=said, environ_overrides={"SCRIPT_NAME": "/evil"})
        assert find_strays(asked) == []
        assert "evil" not in asked.get_data(as_text=True)
        with app.app_context():
            db.engine.dispose()


def test_the_cookie_is_of_this_installation_alone(settings: Settings) -> None:
    names = {"https://a": "__Host-session", "https://a/x/y": "__Host-session-x-y", "http://localhost/x": "session-x"}
    assert {url: replace(settings, public_url=url).name_cookie("session") for url in names} == names
    app = create_app(replace(settings, public_url="https://a.example/reviews"))
    answer = app.test_client().get("https://a.example/reviews/sign-in")
    assert "__Host-session-reviews=" in answer.headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(answer.headers["Set-Cookie"].split("; "))
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("path", ["", "/reviews", "/a/b-c_d.e~f"])
def test_a_path_may_be_set(settings: Settings, path: str) -> None:
    assert find_problems(replace(settings, public_url=f"https://a.example{path}")) == []
    assert replace(settings, public_url=f"https://a.example{path}").root == path
    assert replace(settings, public_url=f"https://a.example{path}").origin == "https://a.example"


@pytest.mark.parametrize("path", ["/a b", "/a?b=c", "/a#b", "//a", "/a//b", "/ä", "/a%20b"])
def test_another_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UnsafeSettings, match="PUBLIC_URL may end with a path"):
        read_settings({"VAR_DIR": str(tmp_path), "PUBLIC_URL": f"https://a.example{path}"})


def test_a_calendar_leads_below_the_path(door: Door, room: Room) -> None:
    answer = door.enter("clara").get(f"{ROOT}/cases/{room.case_id}/due/packet.ics")
    assert (answer.status_code, f"URL:http://localhost{ROOT}/cases/" in answer.get_data(as_text=True)) == (200, True)


def test_a_message_leads_where_its_mail_does(door: Door, room: Room) -> None:
    client = door.enter("greta")
    links = [each for each in lead(client.get(f"{ROOT}/messages")) if re.fullmatch(rf"{ROOT}/messages/\d+", each)]
    assert links
    assert client.get(links[0]).headers["Location"].startswith(f"{ROOT}/cases/")
