"""The calibration grid: what each reader finds in it, its order, its CSV, two cases side by side, a changed rating."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from bs4 import Tag
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import Case, Conflict, RatingChange, RatingLine, Seat
from review.queries.calibration import load_committee_grid
from review.queries.standing import load_standing
from review.queries.votes import load_result
from review.services.conflicts import declare_conflict
from tests.committee_room import Room, built_room
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import listed, soup

Enter = Callable[[str], FlaskClient]
SKILL = "hard-skills"


@pytest.fixture
def room(session: Session, scene: Scene, now: datetime) -> Room:
    """Return Iris's case, its votes revealed after two rounds; Ben's is sealed and nothing more."""
    other = built_room(session, scene, now, key="ben", to_level="senior-pm")
    other.fire("seal", "hanna")
    room = built_room(session, scene, now)
    room.fire("seal", "hanna")
    room.reveal({"clara": "promote", "omar": "not_yet", "mika": "promote", "jonas": "promote", "aya": "promote"})
    room.fire("vote_again", "clara", "Talk about E1 once more.")
    for key, value in (("clara", 4), ("omar", 3), ("mika", 5), ("jonas", 3), ("aya", 3)):
        room.vote(key, values=(value, 4, 4, 4))
    room.fire("reveal_votes", "clara")
    session.commit()
    return room


def plain(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def words(answer: TestResponse) -> str:
    main = soup(answer).find("main")
    assert isinstance(main, Tag)
    return plain(main)


def said(answer: TestResponse) -> str:
    """Return all words of a page, or a whole table."""
    return words(answer) if answer.mimetype == "text/html" else answer.get_data(as_text=True)


def grid(answer: TestResponse) -> dict[str, list[str]]:
    """Return the cells of each row by candidate."""
    rows = soup(answer).select("table.heat tbody tr[data-item]")
    return {plain(row.select("bdi")[0]): [plain(cell) for cell in row.select("td")] for row in rows}


def url(scene: Scene) -> str:
    return f"/committee/grid/{scene.committee_id}"


def test_a_member_reads_each_case_by_its_phase(scene: Scene, room: Room, enter: Enter) -> None:
    cells = grid(enter("mika").get(url(scene)))
    assert list(cells) == ["Ben Ito", "Iris Vance"]
    assert all("Votes" not in cell and "First view" not in cell for cell in cells["Ben Ito"])
    assert (cells["Ben Ito"][0][:2], cells["Ben Ito"][4]) == (cells["Iris Vance"][0][:2], "")
    assert cells["Iris Vance"][0].endswith("Votes: 4.0, then 3.6; 2 apart")
    assert "First view:" in cells["Iris Vance"][0]
    assert cells["Iris Vance"][4] == "Promote 5"


def test_hr_reads_first_views_from_the_sealing_on(scene: Scene, room: Room, enter: Enter) -> None:
    for page in (f"/cycles/{scene.cycle_id}/grid", url(scene)):
        cells = grid(enter("hanna").get(page))
        assert all("First view:" in cell and "Votes" not in cell for cell in cells["Ben Ito"][:4])
        assert "Votes: 4.0, then 3.6" in cells["Iris Vance"][0]


def test_what_changed_since_the_first_view_waits_for_the_reveal_as_that_view_does(
    session: Session, room: Room, enter: Enter
) -> None:
    session.execute(sa.update(RatingLine).values(change_reason="One point below, before the answers."))
    other = session.scalars(sa.select(Case.id).where(Case.id != room.case_id)).one()
    told = {
        (key, case_id): "One point below" in words(enter(key).get(f"/committee/compare?case={case_id}"))
        for key in ("mika", "hanna")
        for case_id in (room.case_id, other)
    }
    assert [each for each, is_told in told.items() if not is_told] == [("mika", other)]


@pytest.mark.both_databases
def test_the_votes_of_the_grid_are_those_of_the_session(session: Session, scene: Scene, room: Room) -> None:
    compare_with_the_session(session, scene, room)
    room.be_present("clara", "omar", "mika", "aya")
    compare_with_the_session(session, scene, room)
    declare_conflict(session, room.case_id, "dispute", "In court.", actor=scene.actor("aya"), now=room.now)
    session.execute(sa.update(Seat).where(Seat.person_id == scene.id("omar")).values(opened_at=None))
    session.commit()
    split = compare_with_the_session(session, scene, room)
    assert split == {"promote": 2}


def compare_with_the_session(session: Session, scene: Scene, room: Room) -> dict[str, int]:
    """Check that a case's row of the grid counts what its own session counts; return the answers."""
    session.expire_all()
    rows = {row.case_id: row for row in load_committee_grid(session, scene.committee_id, scene.actor("mika")).rows}
    result = load_result(session, load_standing(session, room.case_id, scene.actor("mika"), now=room.now))
    assert result is not None
    for each in result.criteria:
        cell = rows[room.case_id].cells[each.id]
        assert cell.first is not None
        assert cell.last is not None
        assert (cell.first.counts, cell.last.counts) == (each.first, each.last)
        assert (cell.last.spread, cell.final and cell.final.value) == (each.tally.spread, each.manager)
        assert cell.last.mean == each.tally.mean
    split = dict(rows[room.case_id].split)
    assert split == {str(key): count for key, count in result.tally.split.items() if count}
    return split


def test_who_is_out_finds_no_row_no_count_and_no_line(session: Session, scene: Scene, room: Room, enter: Enter) -> None:
    client = enter("mika")
    pages = (url(scene), f"{url(scene)}.csv", f"{url(scene)}?order=votes", f"{url(scene)}?only=votes_apart")
    session.add(
        Conflict(
            case_id=room.case_id, person_id=scene.id("mika"), kind="other", reason="x",
            declared_by_id=scene.id("mika"), declared_at=room.now,
        )
    )  # fmt: skip
    session.commit()
    out = [said(client.get(page)) for page in pages]
    assert all("Iris" not in page and room.case.code not in page for page in out)
    assert "1 case" in words(client.get(url(scene)))
    session.execute(sa.update(Case).where(Case.id == room.case_id).values(phase="draft"))
    assert [said(client.get(page)) for page in pages] == out
    assert client.get(f"/committee/compare?case={room.case_id}").status_code == 404
    assert client.get(f"/cases/{room.case_id}/calibration/{SKILL}").status_code == 404


@pytest.mark.parametrize("key", ["iris", "greta", "vera", "erin", "otto", "abel", "ines", "noor", "petra"])
def test_others_have_no_grid(scene: Scene, room: Room, enter: Enter, key: str) -> None:
    client = enter(key)
    gone = client.get("/committee/grid/999").data
    for page in (
        url(scene), f"{url(scene)}.csv", f"/cycles/{scene.cycle_id}/grid", f"/cycles/{scene.cycle_id}/grid.csv",
        f"/committee/compare?case={room.case_id}", f"/cases/{room.case_id}/calibration/{SKILL}",
    ):  # fmt: skip
        answer = client.get(page)
        assert (page, answer.status_code, answer.data) == (page, 404, gone)


def test_the_table_for_a_spreadsheet_holds_what_the_page_shows(scene: Scene, room: Room, enter: Enter) -> None:
    answer = enter("mika").get(f"{url(scene)}.csv?order=level")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert [row["Candidate"] for row in rows] == ["Ben Ito", "Iris Vance"]
    ben, iris = rows
    name = next(key for key in ben if key.endswith(": manager")).removesuffix(": manager")
    parts = ("first view", "manager", "changed to", "votes, first mean", "votes, last mean", "votes apart")
    assert [ben[f"{name}: {part}"] for part in parts] == ["", iris[f"{name}: manager"], "", "", "", ""]
    assert [iris[f"{name}: {part}"] for part in parts[3:]] == ["4.0", "3.6", "2"]


def test_order_and_narrowing_come_from_the_address(scene: Scene, room: Room, enter: Enter) -> None:
    client = enter("clara")
    assert list(grid(client.get(f"{url(scene)}?order=votes"))) == ["Iris Vance", "Ben Ito"]
    assert list(grid(client.get(f"{url(scene)}?only=votes_apart"))) == ["Iris Vance"]
    assert "No case fits" in words(client.get(f"{url(scene)}?only=changed"))
    assert list(grid(client.get(f"{url(scene)}?order=rank&only=best&level="))) == ["Ben Ito", "Iris Vance"]


def test_two_cases_side_by_side(session: Session, scene: Scene, room: Room, enter: Enter) -> None:
    client, other = enter("mika"), session.scalars(sa.select(Case.id).where(Case.id != room.case_id)).one()
    page = client.get(f"/committee/compare?case={room.case_id}&case={other}")
    shown = words(page)
    assert "Side by side" in shown
    assert len(soup(page).select("svg.chart")) == 4
    assert "Change the rating" not in shown
    assert client.get("/committee/compare").status_code == 422
    assert client.get(f"/committee/compare?case={room.case_id}&case={other}&case=77").status_code == 422
    assert client.get(f"/committee/compare?case={room.case_id}&case=777").status_code == 404


def test_the_chair_changes_a_rating_and_both_values_stay(
    session: Session, scene: Scene, room: Room, enter: Enter
) -> None:
    client, form_url = enter("clara"), f"/cases/{room.case_id}/calibration/{SKILL}"
    assert soup(client.get(f"/committee/compare?case={room.case_id}")).select(f"a[href='{form_url}']") != []
    assert listed(client.get(form_url), "#cites label")[:2] == ["E1 Work 1", "E2 Work 2"]
    empty = client.post(form_url, data={"reason": "", "seen": "0"})
    assert empty.status_code == 422
    assert [link["href"] for link in soup(empty).select("[data-errors] a")] == [
        "#value", "#code", "#sentence", "#reason", "#cites",
    ]  # fmt: skip
    data = {
        "value": "2", "code": "weaker", "sentence": "0", "reason": "One launch of three <b>is</b> theirs.",
        "cites": room.evidence(), "seen": "0",
    }  # fmt: skip
    before = grid(client.get(url(scene)))["Iris Vance"][0].split(" First view")[0]
    assert client.post(form_url, data=data).location == f"/committee/compare?case={room.case_id}#c-{SKILL}"
    cells = grid(client.get(url(scene)))["Iris Vance"]
    assert cells[0].startswith(f"2 Current was {before} R1")
    for key in ("mika", "hanna"):
        shown = words(enter(key).get(url(scene)))
        assert "One launch of three <b>is</b> theirs." in shown
        assert "The packet shows less than was rated." in shown
    compared = words(enter("mika").get(f"/committee/compare?case={room.case_id}"))
    assert f"Changed by the committee: {before} to 2 Current Clara Boateng" in compared
    assert session.scalar(sa.select(sa.func.count(RatingChange.id))) == 1


def test_a_member_who_is_not_the_chair_is_refused(room: Room, enter: Enter) -> None:
    client = enter("mika")
    assert client.get(f"/cases/{room.case_id}/calibration/{SKILL}").status_code == 403
    assert client.post(f"/cases/{room.case_id}/calibration/{SKILL}", data={"value": "2"}).status_code == 403
    assert client.get(f"/cases/{room.case_id}/calibration/charm").status_code == 404


def test_as_many_statements_for_two_cases_as_for_ten(
    session: Session, scene: Scene, room: Room, enter: Enter, statements: Statements
) -> None:
    pages = ("mika", url(scene)), ("mika", f"{url(scene)}.csv"), ("hanna", f"/cycles/{scene.cycle_id}/grid")
    counts = []
    for key, page in pages:
        client = enter(key)
        with statements() as issued:
            assert client.get(page).status_code == 200
        counts.append(len(issued))
    columns = {each.key: getattr(room.case, each.key) for each in sa.inspect(Case).columns if each.key != "id"}
    people = ("cora", "finn", "pavel", "ravi", "mats", "otto", "sam", "tomas")
    for key in people:
        more = {"code": f"more-{key}", "candidate_id": scene.id(key), "manager_id": None}
        session.add(Case(**{**columns, **more}))
    for place, (key, page) in enumerate(pages):
        client = enter(key)
        with statements() as issued:
            client.get(page)
        assert (page, len(issued)) == (page, counts[place])
    assert len(grid(enter("mika").get(url(scene)))) == 10
