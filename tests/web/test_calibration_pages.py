"""The calibration grid of a large cycle: fifty cases a page for HR, ticks carried along; a committee has it whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from bench.many_cases import copy_cases
from review.models import Conflict, RatingChange
from tests.after_decision import change, come_in
from tests.committee_room import CRITERIA, Room, sealed_room

COUNT = 54


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a case whose votes are revealed; there are 54 copies of it, by their names before it."""
    room = sealed_room(session, now)
    room.reveal()
    codes = [{"code": f"X{number:02d}"} for number in range(1, COUNT + 1)]
    copy_cases(session, room.case, "Extra", codes)
    session.commit()
    return room


@pytest.fixture
def look(client: FlaskClient, room: Room) -> Callable[[str], BeautifulSoup]:
    """Return a function that opens the grid of the cycle as HR with what follows its address."""
    come_in(client, room, "hanna")

    def open_page(more: str = "") -> BeautifulSoup:
        answer = client.get(f"/cycles/{room.scene.cycle_id}/grid{more}")
        assert answer.status_code == 200
        return BeautifulSoup(answer.text, "html.parser")

    return open_page


def names(page: BeautifulSoup) -> list[str]:
    return [each.get_text(strip=True) for each in page.select("table.heat tbody th bdi")]


def turns(page: BeautifulSoup) -> list[tuple[str, str]]:
    """Return what the buttons that turn pages say, with the page that they lead to."""
    return [(each.get_text(strip=True), str(each["value"])) for each in page.select(".pager button[name=page]")]


def said(page: BeautifulSoup, selector: str) -> str:
    return " ".join(page.select(selector)[0].get_text(" ", strip=True).split())


def extra(first: int, last: int) -> list[str]:
    return [f"Extra {number:02d}" for number in range(first, last + 1)]


def test_the_grid_of_a_cycle_comes_fifty_a_page(look: Callable[..., BeautifulSoup]) -> None:
    first, second, beyond = look(), look("?page=2"), look("?page=3")
    assert (names(first), names(second), names(beyond)) == (
        extra(1, 50),
        [*extra(51, COUNT), "Iris Vance"],
        extra(1, 50),
    )
    assert (turns(first), turns(second)) == ([("Next page", "2")], [("Earlier page", "1")])
    assert [said(page, ".pager .num")[:15] for page in (first, second)] == ["1 to 50 of 55 ·", "51 to 55 of 55 "]
    assert [said(page, "caption#cells")[:8] for page in (first, second)] == ["55 cases", "55 cases"]


def test_order_and_narrowing_go_along_when_a_page_is_turned(look: Callable[..., BeautifulSoup], room: Room) -> None:
    page = look("?order=votes&committee=Committee+A&page=2")
    sent = {str(each["name"]): str(each["value"]) for each in page.select("form#compare input[type=hidden]")}
    (turn,) = page.select(".pager button")
    assert sent == {"order": "votes", "only": "all", "committee": "Committee A"}
    assert turn["formaction"] == f"/cycles/{room.scene.cycle_id}/grid"
    assert names(page) == [*extra(51, COUNT), "Iris Vance"]


def test_ticks_of_other_pages_go_along_to_the_comparison(
    look: Callable[..., BeautifulSoup], client: FlaskClient, room: Room
) -> None:
    first = look()
    (other,) = [each["value"] for each in first.select("input[name=case]")][:1]
    second = look(f"?page=2&case={other}&case={room.case_id}&case=999999")
    ticked = [str(each["value"]) for each in second.select("form#compare input[name=case][checked]")]
    assert ticked == [str(room.case_id), str(other)]
    assert "Ticked on another page: Extra 01" in said(second, "form#compare section")
    assert client.get(f"/committee/compare?order=name&only=all&case={other}&case={room.case_id}").status_code == 200


def test_a_ticked_case_whose_row_the_reader_does_not_find_is_not_named(
    look: Callable[..., BeautifulSoup], session: Session, room: Room
) -> None:
    hanna = room.scene.id("hanna")
    known = {"person_id": hanna, "kind": "dispute", "declared_by_id": hanna, "declared_at": room.now}
    session.execute(sa.insert(Conflict), [{**known, "case_id": room.case_id}])
    session.commit()
    page = look(f"?case={room.case_id}")
    assert (page.select("input[checked]"), "Iris Vance" in page.get_text()) == ([], False)


def test_words_are_counted_over_all_pages_and_reasons_are_those_of_the_page(
    look: Callable[..., BeautifulSoup], room: Room
) -> None:
    change(room, CRITERIA[0], 2)
    first, second = look(), look("?page=2")
    assert ("No rating of a case on this page was changed" in first.get_text(), len(first.select("ul.evid li"))) == (
        True,
        0,
    )
    assert [str(each["id"]) for each in second.select("ul.evid li")] == ["R1"]
    tables = [page.select("section[aria-label='Use of the words'] table")[0].get_text() for page in (first, second)]
    assert tables[0] == tables[1]
    assert "of all 55 cases, on every page" in first.get_text()
    assert room.session.scalar(sa.select(sa.func.count(RatingChange.id))) == 1


def test_the_table_for_a_spreadsheet_and_the_grid_of_a_committee_stay_whole(
    look: Callable[..., BeautifulSoup], client: FlaskClient, room: Room
) -> None:
    (link,) = [str(each["href"]) for each in look("?page=2").select("a[href*='grid.csv']")]
    assert len(client.get(link).text.splitlines()) == 1 + COUNT + 1
    page = BeautifulSoup(client.get(f"/committee/grid/{room.scene.committee_id}?page=2").text, "html.parser")
    assert (names(page), page.select(".pager")) == ([*extra(1, COUNT), "Iris Vance"], [])


def test_up_to_fifty_cases_look_as_they_did(client: FlaskClient, session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    copy_cases(session, room.case, "Extra", [{"code": f"X{number:02d}"} for number in range(1, 50)])
    session.commit()
    answer: Any = come_in(client, room, "hanna").get(f"/cycles/{room.scene.cycle_id}/grid")
    page = BeautifulSoup(answer.text, "html.parser")
    assert (len(names(page)), page.select(".pager, form#compare input[type=hidden]")) == (50, [])
    assert "The rating that stands, of the cases above." in page.get_text()
