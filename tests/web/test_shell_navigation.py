"""The navigation: each person's jobs and no others, and the same whatever an embargoed decision is."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.committee_room import Room, built_room, sealed_room
from tests.factories import open_scene
from tests.signed_in import Door, listed, soup, words

COMMON = ["Cycles", "Ladders", "People"]


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return built_room(session, open_scene(session, now), now)


@pytest.mark.parametrize(
    ("key", "jobs"),
    [
        ("iris", ["To do", "My case", *COMMON]),
        ("greta", ["To do", "My team", *COMMON]),
        ("erin", ["To do", "Asked of me", *COMMON]),
        ("mika", ["To do", "Committee", *COMMON]),
        (
            "hanna",
            [
                "To do",
                "My team",
                "Cycles",
                "Ladders",
                "Workflows",
                "Words",
                "People",
                "Record",
                "Printing",
                "Integrations",
            ],
        ),
        ("abel", ["To do", "Cycles", "Ladders", "Workflows", "People", "Record"]),
        ("ines", ["To do", *COMMON, "Record", "Printing", "Integrations"]),
        ("otto", ["To do", *COMMON]),
    ],
)
def test_each_has_their_jobs(
    session: Session, now: datetime, room: Room, client: FlaskClient, key: str, jobs: list[str]
) -> None:
    page = Door(client, session, now, room.scene.company.ids).enter(key).get("/")
    assert listed(page, ".nav-jobs a") == jobs


def test_the_job_of_a_page_is_marked(session: Session, now: datetime, room: Room, client: FlaskClient) -> None:
    door = Door(client, session, now, room.scene.company.ids)
    marked = {
        (key, url): listed(door.enter(key).get(url), ".nav-jobs [aria-current]")
        for key, url in (
            ("iris", f"/cases/{room.case_id}"),
            ("hanna", f"/cases/{room.case_id}"),
            ("greta", f"/cases/{room.case_id}"),
            ("greta", f"/cases/{room.case_id}/feedback"),
            ("hanna", f"/cases/{room.case_id}/feedback"),
            ("hanna", "/cycles"),
            ("hanna", "/audit"),
            ("hanna", "/workflows"),
            ("hanna", f"/workflows/{room.case.workflow_version_id}"),
            ("greta", "/workflows"),
            ("greta", "/"),
        )
    }
    assert list(marked.values()) == [
        ["My case"],
        ["Cycles"],
        ["My team"],
        ["My team"],
        ["Cycles"],
        ["Cycles"],
        ["Record"],
        ["Workflows"],
        ["Workflows"],
        ["Cycles"],
        ["To do"],
    ]


def test_a_packet_is_found_among_what_its_reader_does(session: Session, now: datetime, client: FlaskClient) -> None:
    room = sealed_room(session, now)
    room.read("mika")
    session.commit()
    door = Door(client, session, now, room.scene.company.ids)
    marked = {}
    for key in ("iris", "greta", "hanna", "mika", "jonas"):
        page = door.enter(key).get(f"/cases/{room.case_id}/packet")
        marked[key] = (
            listed(page, ".nav-jobs [aria-current]"),
            [link["href"] for link in soup(page).select(".kicker a")],
        )
    case = [f"/cases/{room.case_id}"]
    assert marked == {
        "iris": (["My case"], case),
        "greta": (["My team"], case),
        "hanna": (["Cycles"], case),
        "mika": (["Committee"], case),
        "jonas": (["Committee"], ["/committee"]),  # has not opened it yet
    }


def test_pages_of_a_cycle_and_of_a_case_lead_back_to_it(
    session: Session, now: datetime, room: Room, client: FlaskClient
) -> None:
    door, cycle = Door(client, session, now, room.scene.company.ids), f"/cycles/{room.scene.cycle_id}"
    back = {
        (key, url): [link["href"] for link in soup(door.enter(key).get(url)).select(".kicker a")]
        for key, url in (
            ("hanna", f"{cycle}/dates"),
            ("hanna", f"{cycle}/nominate-all"),
            ("greta", f"{cycle}/nominate"),
            ("iris", f"/cases/{room.case_id}"),
        )
    }
    assert list(back.values()) == [[cycle]] * 4


def test_pages_below_a_part_of_the_program_lead_back_to_it(
    session: Session, now: datetime, room: Room, client: FlaskClient
) -> None:
    door, person = Door(client, session, now, room.scene.company.ids), room.scene.id("greta")
    above = {
        "/people": "import roles leavers /groups /delegations /erasures /retention /legal-holds /data-requests",
        "/delegations": "/emergency",
        "/cycles": "past new /policy",
        "/workflows": "propose",
        "/ladders": "drafts/new",
        "/integrations": "tokens/new hooks/new",
        "/preferences": "/my-data",
        "/audit": "whole",
    }
    pages = {
        below if below.startswith("/") else f"{place}/{below}": place
        for place, several in above.items()
        for below in several.split()
    } | {f"/people/{person}": "/people"}
    enter = {"/audit/whole": "abel"}
    back = {
        url: [link["href"] for link in soup(door.enter(enter.get(url, "hanna")).get(url)).select(".kicker a")]
        for url in pages
    }
    assert back == {url: [place] for url, place in pages.items()}


def test_whoever_is_away_finds_who_acts_for_them(
    session: Session, now: datetime, room: Room, client: FlaskClient
) -> None:
    """The foot of the side is not there on a phone: preferences are, behind the name."""
    entered = Door(client, session, now, room.scene.company.ids).enter("otto")
    for part in (".side-links", "main"):
        found = soup(entered.get("/preferences")).select(f"{part} a[href='/delegations']")
        assert [link.get_text() for link in found] == ["Who acts for whom"]
    assert words(entered.get("/delegations"), "h1") == "Who acts for whom"
