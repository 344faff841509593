"""The page of the agenda: what stands on the consent list, the one confirmation, and who sees what of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import Case, CommitteeMember, Decision, Person
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from tests.committee_room import MEMBERS, Room, built_room
from tests.factories import Scene

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def room(session: Session, scene: Scene, now: datetime) -> Room:
    room = built_room(session, scene, now)
    room.fire("seal", "hanna")
    session.commit()
    return room


@pytest.fixture
def enter(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Enter:
    def sign_in(key: str) -> FlaskClient:
        token = open_sign_in(session, scene.id(key), now=now)
        session.commit()
        with client.session_transaction() as cookie:
            cookie[TOKEN], cookie[SEEN] = token, int(now.timestamp())
        return client

    return sign_in


@pytest.fixture
def url(scene: Scene) -> str:
    return f"/committee/agenda/{scene.committee_id}"


def parse(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse) -> str:
    main = parse(answer).find("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def fields_of(answer: TestResponse, action: str) -> dict[str, str]:
    """Return what a form of the page would send, as a browser fills it."""
    form = parse(answer).find("form", action=action)
    assert form is not None
    sent = {each["name"]: each.get("value", "") for each in form.find_all("input") if each["name"] != "csrf_token"}
    return sent | {each["name"]: each.get_text() for each in form.find_all("textarea")}


def test_the_agenda_moves_only_by_revealed_votes(room: Room, enter: Enter, url: str) -> None:
    assert "Votes still sealed 1 Iris Vance" in words(enter("mika").get(url))
    room.reveal()
    assert "Agreed by the votes, confirmed together 1 Iris Vance" in words(enter("mika").get(url))
    assert "Votes still sealed" not in words(enter("mika").get(url))


def test_the_chair_confirms_from_the_page(room: Room, session: Session, enter: Enter, url: str) -> None:
    room.reveal()
    page = enter("mika").get(url)
    assert parse(page).find("form", action=f"{url}/confirm") is None
    client = enter("clara")
    page = client.get(url)
    assert "Agreed by the votes, confirmed together 1 Iris Vance" in words(page)
    assert "5 votes, one answer" in words(page)
    sent = fields_of(page, f"{url}/confirm")
    assert client.post(f"{url}/confirm", data=sent).location == url
    done = client.post(f"{url}/confirm", data=sent, follow_redirects=True)  # the same form again
    assert "Nothing on the agenda" in words(done)
    decision = session.scalars(sa.select(Decision)).one()
    assert (decision.outcome, decision.rationale) == (
        "promote", "The committee finds that the packet shows what is asked at Staff PM.",
    )  # fmt: skip


def test_a_list_that_has_changed_is_refused_with_what_was_typed(room: Room, enter: Enter, url: str) -> None:
    room.reveal()
    client = enter("clara")
    sent = fields_of(client.get(url), f"{url}/confirm") | {f"reason-{room.case_id}": "Words of my own."}
    pulled = enter("mika").post(f"{url}/pull", data={"case": room.case_id, "reason": "What of E2?"})
    assert pulled.location == url
    refused = enter("clara").post(f"{url}/confirm", data=sent)
    assert refused.status_code == 409
    assert f"Iris Vance, {room.case.code}: A member wants to talk about it" in words(refused)
    assert "Words of my own." in words(refused)
    assert room.session.get_one(Case, room.case_id).phase == "revealed"
    for key in ("clara", "mika", "aya"):
        page = words(enter(key).get(url))
        assert "Taken off the list" in page
        assert "What of E2?" in page
        assert "Mika Saar" not in page


def test_whoever_speaks_first_on_a_case_to_discuss_is_named_to_all(room: Room, enter: Enter, url: str) -> None:
    rows = sa.select(Person.name).join(CommitteeMember, CommitteeMember.person_id == Person.id)
    rows = rows.where(CommitteeMember.committee_id == room.case.committee_id, CommitteeMember.role != "chair")
    first, second, *_ = room.session.scalars(rows.order_by(CommitteeMember.id))
    assert "speaks first" not in words(enter("aya").get(url))
    room.reveal({"clara": "promote", "omar": "not_yet", "mika": "promote", "aya": "defer", "jonas": "promote"})
    for key in ("clara", "mika", "aya"):
        assert f"{first} speaks first" in words(enter(key).get(url))
    room.session.execute(sa.update(Person).where(Person.name == first).values(manager_id=room.case.candidate_id))
    room.session.commit()
    assert f"{second} speaks first" in words(enter("clara").get(url))


def test_a_case_without_reasons_comes_back(room: Room, enter: Enter, url: str) -> None:
    room.reveal()
    client = enter("clara")
    sent = fields_of(client.get(url), f"{url}/confirm") | {f"reason-{room.case_id}": " "}
    refused = client.post(f"{url}/confirm", data=sent)
    assert refused.status_code == 422
    assert "Give the reasons of the decision" in words(refused)


@pytest.mark.parametrize("key", ["hanna", "greta", "iris", "otto"])
def test_nobody_else_reaches_the_list(room: Room, enter: Enter, url: str, key: str) -> None:
    room.reveal()
    sent = fields_of(enter("clara").get(url), f"{url}/confirm")
    client = enter(key)
    gone = client.get("/committee/agenda/999").data
    assert (client.get(url).status_code, client.get(url).data) == (404, gone)
    answer = client.post(f"{url}/confirm", data=sent)
    assert (answer.status_code, answer.data) == (404, client.post("/committee/agenda/999/confirm", data=sent).data)
    assert client.post(f"{url}/pull", data={"case": room.case_id}).status_code == (403 if key == "hanna" else 404)
    assert client.post(f"{url}/pull", data={"case": "999"}).status_code == 404


def test_the_page_takes_no_more_statements_for_more_cases(
    session: Session, scene: Scene, room: Room, now: datetime, enter: Enter, url: str, statements: object
) -> None:
    room.reveal()
    client = enter("clara")
    with statements() as few:  # type: ignore[operator]
        assert client.get(url).status_code == 200
    for key in ("ben", "cora"):
        other = built_room(session, scene, now, key=key, to_level="senior-pm")
        other.fire("seal", "hanna")
        other.reveal(dict.fromkeys(MEMBERS, "not_yet"))
    with statements() as many:  # type: ignore[operator]
        client.get(url)
    assert len(many) == len(few)
