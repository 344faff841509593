"""The pages of committees: set-up, reading lists, conflicts, agenda; and who may open them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import Case, CaseToken, CommitteeMember, Conflict
from review.queries.committees import list_committees
from review.queries.reading_list import list_reading
from tests.committee_room import MEMBERS, Room, built_room, second_committee
from tests.conftest import Statements
from tests.factories import Scene, open_case_of

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def room(session: Session, scene: Scene, now: datetime) -> Room:
    room = built_room(session, scene, now)
    room.fire("seal", "hanna")
    session.commit()
    return room


def parse(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    main = parse(answer).find("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def more_cases(session: Session, scene: Scene, count: int, phase: str) -> list[int]:
    """Copy a case for other candidates, as rows alone."""
    first = session.scalars(sa.select(Case).order_by(Case.id)).first()
    assert first is not None
    columns = {each.key: getattr(first, each.key) for each in sa.inspect(Case).columns if each.key != "id"}
    people = [scene.id(key) for key in ("ben", "cora", "finn", "pavel", "ravi", "mats", "otto", "sam")]
    rows = [
        Case(**{**columns, "code": f"more-{place}", "candidate_id": person, "manager_id": None, "phase": phase})
        for place, person in enumerate(people[:count])
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        session.execute(
            sa.text(
                "INSERT INTO case_token (case_id, region, state, entered_at, entry) "
                "VALUES (:id, 'main', :state, :at, 1)"
            ),
            {"id": row.id, "state": first.state, "at": "2026-11-16 09:00:00.000000"},
        )
    session.commit()
    return [row.id for row in rows]


def test_hr_sets_up_a_committee(scene: Scene, session: Session, enter: Enter) -> None:
    client, url = enter("hanna"), f"/cycles/{scene.cycle_id}/committees"
    assert client.get(url).status_code == 200
    assert client.post(url, data={"name": "Committee B"}).location == url
    committee_id = scene.committee_id + 1
    added = client.post(f"{url}/{committee_id}/members", data={"person": "Sam Tran", "role": "chair"})
    assert added.location == url
    unknown = client.post(f"{url}/{committee_id}/members", data={"person": "Nobody Here", "role": "member"})
    assert unknown.status_code == 422
    assert "Nobody, or more than one person, is called this" in words(unknown)
    twice = client.post(url, data={"name": "Committee B"})
    assert twice.status_code == 422
    assert "There is a committee of this name" in words(twice)
    client.post(f"{url}/{committee_id}/members/{scene.id('sam')}/remove")
    rows = session.scalars(sa.select(CommitteeMember).where(CommitteeMember.committee_id == committee_id)).all()
    assert rows == []


@pytest.mark.parametrize("key", ["clara", "greta", "ines", "abel", "noor"])
def test_the_set_up_is_hrs_alone(scene: Scene, enter: Enter, key: str) -> None:
    client, url = enter(key), f"/cycles/{scene.cycle_id}/committees"
    gone = client.get("/cycles/999/committees").data
    assert (client.get(url).status_code, client.get(url).data) == (404, gone)
    assert client.post(url, data={"name": "Mine"}).status_code == 404


def test_cases_go_to_the_committee_proposed(session: Session, scene: Scene, enter: Enter, now: datetime) -> None:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    case.committee_id = None
    second_committee(session, scene, "sam", "tomas", "petra")
    client, url = enter("hanna"), f"/cycles/{scene.cycle_id}/committees"
    assert "Proposed: Committee A. Nobody on it has a conflict; 0 cases so far" in words(client.get(url))
    done = client.post(f"{url}/assign", follow_redirects=True)
    assert "1 case has a committee now." in words(done)
    client.post(f"{url}/assign", data={"case": case.id, "committee": scene.committee_id + 1})
    session.expire_all()
    assert session.get_one(Case, case.id).committee_id == scene.committee_id + 1


def test_placing_somebody_below_a_target_level_asks_for_a_tick_and_why(
    session: Session, scene: Scene, enter: Enter, now: datetime
) -> None:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    client, url = enter("hanna"), f"/cycles/{scene.cycle_id}/committees"
    members = f"{url}/{scene.committee_id}/members"
    sent = {"person": "Ben Ito", "role": "member"}
    asked = client.post(members, data=sent)
    assert asked.status_code == 422
    assert f"Nothing was changed yet Ben Ito stands below the target level of {case.code}" in words(asked)
    page = BeautifulSoup(asked.get_data(as_text=True), "html.parser").select_one("form[aria-labelledby=below]")
    assert page is not None
    again = {field["name"]: field["value"] for field in page.select("input[type=hidden]")}
    assert (page["action"], again.pop("csrf_token", "") != "", again) == (members, True, sent)
    assert "Choose why" in words(client.post(members, data={**sent, "accept_below": "y"}))
    assert client.post(members, data={**sent, "why_below": "few"}).status_code == 422
    done = client.post(members, data={**sent, "accept_below": "y", "why_below": "few"})
    assert (done.status_code, done.location) == (303, url)
    moved = {"case": case.id, "committee": scene.committee_id}
    assert "Below the target level of this case: Ben Ito" in words(client.post(f"{url}/assign", data=moved))
    ticked = client.post(f"{url}/assign", data={**moved, "accept_below": "y", "why_below": "view"})
    assert (ticked.status_code, ticked.location) == (303, url)
    case.committee_id = None
    session.commit()
    offered = words(client.get(url))
    assert "Proposed: Committee A. 1 member stands below the target level. Nobody on it has a conflict" in offered
    assert "0 cases have a committee now." in words(client.post(f"{url}/assign", follow_redirects=True))


def test_an_hr_partner_never_finds_a_case_of_their_own_part(
    session: Session, scene: Scene, enter: Enter, now: datetime
) -> None:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.add(
        Conflict(
            case_id=case.id, person_id=scene.id("hugo"), kind="other", reason="x",
            declared_by_id=scene.id("hugo"), declared_at=now,
        )
    )  # fmt: skip
    session.commit()
    url = f"/cycles/{scene.cycle_id}/committees"
    partner, involved = words(enter("hanna").get(url)), words(enter("hugo").get(url))
    assert ("Iris Vance" in partner, "Committee A 1 case ·" in partner) == (True, True)
    assert ("Iris Vance" in involved, "Committee A 0 cases ·" in involved) == (False, True)
    assert enter("hugo").post(f"{url}/assign", data={"case": case.id, "committee": 0}).status_code == 404


def test_each_member_reads_in_an_order_of_their_own(session: Session, scene: Scene, room: Room) -> None:
    more_cases(session, scene, 8, "sealed")
    orders = {key: [row.case_id for row in list_reading(session, scene.actor(key))] for key in MEMBERS}
    assert {tuple(sorted(order)) for order in orders.values()} == {tuple(sorted(orders["clara"]))}
    assert len({tuple(order) for order in orders.values()}) == len(MEMBERS)
    dropped = orders["mika"][3]
    session.add(
        Conflict(
            case_id=dropped, person_id=scene.id("mika"), kind="other", reason="x",
            declared_by_id=scene.id("mika"), declared_at=room.now,
        )
    )  # fmt: skip
    session.flush()
    after = [row.case_id for row in list_reading(session, scene.actor("mika"))]
    assert after == [number for number in orders["mika"] if number != dropped]


def test_the_list_says_what_to_do_next(room: Room, enter: Enter) -> None:
    steps = []

    def look() -> None:
        rows = list_reading(room.session, room.actor("mika"))
        steps.append([row.step for row in rows])

    look()
    client = enter("mika")
    client.post(f"/cases/{room.case_id}/packet/open")
    room.session.expire_all()
    look()
    client.post(f"/cases/{room.case_id}/read")
    room.session.expire_all()
    look()
    room.open_voting()
    look()
    room.save("mika", room.draft())
    look()
    room.vote("mika", version=1)
    look()
    for key in ("clara", "omar", "jonas", "aya"):
        room.vote(key)
    room.fire("reveal_votes", "clara")
    look()
    room.decide()
    look()
    assert steps == [["open"], ["read"], ["wait"], ["vote"], ["finish"], ["cast"], ["meet"], ["done"]]


@pytest.mark.parametrize("key", ["hanna", "greta", "iris", "otto", "erin", "ines"])
def test_who_sits_on_no_committee_has_an_empty_list(room: Room, enter: Enter, key: str) -> None:
    assert "No packet waits for you" in words(enter(key).get("/committee"))
    assert enter(key).get(f"/committee/agenda/{room.scene.committee_id}").status_code == 404


def test_members_know_of_a_case_only_from_the_seal_on(
    session: Session, scene: Scene, enter: Enter, now: datetime
) -> None:
    room = built_room(session, scene, now)
    assert "Iris Vance" not in words(enter("mika").get("/committee"))
    assert enter("mika").get(f"/cases/{room.case_id}/session").status_code == 404


def test_a_conflict_is_declared_with_a_reason(room: Room, enter: Enter) -> None:
    client, url = enter("aya"), f"/cases/{room.case_id}/conflict"
    assert "Too close to the case of Iris Vance?" in words(client.get(url))
    empty = client.post(url, data={"reason": ""})
    assert empty.status_code == 422
    assert [link["href"] for link in parse(empty).select("[data-errors] a")] == ["#kind", "#reason"]
    assert client.post(url, data={"kind": "former_manager", "reason": "Until May."}).status_code == 303
    assert client.get(url).status_code == 404
    listed = words(client.get("/committee"))
    assert "I was their manager, or they were mine Until May." in listed


def test_who_is_out_is_told_to_chair_and_hr_but_not_why(room: Room, enter: Enter) -> None:
    url = f"/cases/{room.case_id}/conflict"
    enter("aya").post(url, data={"kind": "dispute", "reason": "In court."})
    for key in ("clara", "hanna"):
        page = words(enter(key).get(url))
        assert "Out of this case Who, not why AS Aya Sato" in page
        assert "In court." not in page
    page = words(enter("mika").get(url))
    assert "Aya Sato" not in page
    for key in ("greta", "iris", "erin"):
        assert enter(key).get(url).status_code == 404


def test_hr_sets_a_conflict_and_others_cannot(room: Room, enter: Enter) -> None:
    url, jonas = f"/cases/{room.case_id}/conflict/set", str(room.scene.id("jonas"))
    assert enter("clara").post(url, data={"person": jonas, "reason": "So."}).status_code == 403
    assert enter("hanna").post(url, data={"person": jonas, "reason": ""}).status_code == 422
    assert enter("hanna").post(url, data={"person": jonas, "reason": "Flatmates."}).status_code == 303
    assert enter("jonas").get(f"/cases/{room.case_id}").status_code == 404
    assert "Flatmates." not in words(enter("jonas").get("/committee"))


def test_as_many_statements_for_one_case_as_for_many(
    session: Session, scene: Scene, room: Room, enter: Enter, statements: Statements
) -> None:
    pages = ("/committee", f"/committee/agenda/{scene.committee_id}")
    client = enter("mika")
    counts = {}
    for page in pages:
        with statements() as issued:
            assert client.get(page).status_code == 200
        counts[page] = len(issued)
    more_cases(session, scene, 8, "sealed")
    for page in pages:
        with statements() as issued:
            client.get(page)
        assert len(issued) == counts[page]
    client, url = enter("hanna"), f"/cycles/{scene.cycle_id}/committees"
    with statements() as all_issued:
        assert client.get(url).status_code == 200
    session.execute(sa.delete(CaseToken).where(CaseToken.case_id != room.case_id))
    session.execute(sa.delete(Case).where(Case.id != room.case_id))
    with statements() as one_issued:
        assert client.get(url).status_code == 200
    assert len(one_issued) == len(all_issued)


def test_members_are_found_from_their_committees_not_among_everybody(
    session: Session, scene: Scene, statements: Statements
) -> None:
    with statements() as issued:
        rows = list_committees(session, scene.cycle_id)
    values = (0,) * issued[-1].count("?")
    explained = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {issued[-1]}", values).all()
    assert [str(line[3]).partition(" INDEX")[0] for line in explained] == [
        "SEARCH committee USING COVERING",
        "SEARCH committee_member USING",
        "SEARCH person USING INTEGER PRIMARY KEY (rowid=?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ]
    assert [each.name for row in rows for each in row.members][:1] == ["Clara Boateng"]
