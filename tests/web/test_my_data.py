"""One's own data on the pages: asked for, looked through by HR, handed out, downloaded, removed; nothing for others."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.adapters.jobs import run_inline
from review.domain.bundle import Entry, Section
from review.domain.subject_access import State, add_months, find_faults
from review.extensions import db
from review.models import AuditEvent, Conflict, Message, Person, SelfReview, SubjectRequest
from review.queries.privacy_requests import list_requests
from review.services.privacy_requests import remove_ended
from tests.after_decision import announced_room
from tests.committee_room import Room
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import faults, listed, soup, words

Enter = Callable[[str], FlaskClient]
URL, HR = "/my-data", "/data-requests"
OTHERS = "Omar helped a lot"


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    room = announced_room(session, now)
    first = sa.select(sa.func.min(SelfReview.id)).scalar_subquery()
    session.execute(sa.update(SelfReview).where(SelfReview.id == first).values(body=f"I planned it, and {OTHERS}."))
    session.commit()
    return room


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


@pytest.fixture
def run_jobs(app: Flask, session: Session, now: datetime) -> Callable[[], int]:
    """Run what the pages have asked for; the letters and packets of the room are not printed."""

    def run() -> int:
        session.commit()
        with app.app_context():
            return run_inline(db.session(), now=now)

    return run


def request_of(session: Session) -> SubjectRequest:
    found = sa.select(SubjectRequest).order_by(SubjectRequest.id.desc()).execution_options(populate_existing=True)
    return session.scalars(found).one()


def test_a_request_goes_from_the_person_through_hr_and_back(
    room: Room, session: Session, enter: Enter, run_jobs: Callable[[], int]
) -> None:
    client = enter("iris")
    assert [client.post(URL, data={"request_key": "k"}).status_code for _ in range(2)] == [303, 303]
    assert client.post(URL, data={"request_key": "other"}).status_code == 409
    assert "is gathered" in words(client.get(URL))
    assert run_jobs() == 1
    row = request_of(session)
    assert (row.state, row.due_on) == (State.REVIEW, date(2026, 12, 16))

    client = enter("hanna")
    page = f"{HR}/{row.id}"
    assert [each["href"] for each in soup(client.get(HR)).select("[data-item] a")] == [page]
    links = [str(each["href"]) for each in soup(client.get(page)).select("[data-item] a")]
    review = next(each for each in links if "/self_review-" in each)
    assert OTHERS in words(client.get(review))
    assert [
        words(client.get(review), selector) for selector in ("h1", "dt", "dt:nth-of-type(3)", "dd:nth-of-type(3)")
    ] == [
        "Their self-review",
        "Criterion",
        "Last changed",
        "16 Nov 2026, 09:00",
    ]
    assert listed(client.get(page), "[data-item] a[href*=self_review]") == [
        "Hard skills",
        "Cross-functionality",
        "Leadership",
        "Accountability",
    ]
    assert [each for each in listed(client.get(page), "main h2") if "you" in each.casefold()] == []
    assert faults(client.post(review, data={"words": "Not there", "reason": ""})) == [
        "These words do not stand in the entry, sign for sign",
        "Why: Please fill this in",
    ]
    assert client.post(review, data={"words": OTHERS, "reason": "About somebody else"}).status_code == 303
    assert OTHERS not in words(client.get(review))
    assert client.post(f"{page}/release").status_code == 303
    assert run_jobs() == 1
    assert client.post(f"{page}/release").status_code == 409

    client = enter("iris")
    assert client.get(f"{URL}/{row.id}.zip").status_code == 200
    answer = client.post(f"{URL}/{row.id}/download", follow_redirects=True)
    assert answer.headers["Content-Disposition"] == "attachment; filename=my-data.zip"
    archive = zipfile.ZipFile(BytesIO(answer.data))
    assert archive.namelist() == ["my-data.json", "my-data.html"]
    held = [archive.read(name).decode() for name in archive.namelist()]
    assert [(OTHERS in each, "I planned it" in each, "About somebody else" in each) for each in held] == [
        (False, True, True),
        (False, True, True),
    ]
    assert json.loads(held[0])["person"] == "Iris Vance"
    assert json.loads(held[0])["names"]["criterion"]["hard-skills"] == "Hard skills"
    assert ("hard-skills" in held[1], ">Hard skills<" in held[1]) == (False, True)
    told = session.execute(
        sa.select(Message.template, Message.to_person_id).where(Message.template.startswith("data_"))
    )
    ids = room.scene.id
    assert set(map(tuple, told)) == {
        ("data_asked", ids("hanna")),
        ("data_asked", ids("hugo")),
        ("data_ready", ids("iris")),
    }
    kinds = session.scalars(
        sa.select(AuditEvent.kind).where(AuditEvent.kind.startswith("subject_access")).order_by(AuditEvent.seq)
    )
    assert [each.partition(".")[2] for each in kinds] == [
        "ask", "gathered", "take_out", "release", "released", "download",
    ]  # fmt: skip

    assert row.until_at == room.now + timedelta(days=14)
    request_of(session).until_at = room.now
    assert client.get(f"{URL}/{row.id}.zip").status_code == 404
    assert remove_ended(session, now=room.now - timedelta(seconds=1)) == 0
    assert remove_ended(session, now=room.now) == 1
    assert (request_of(session).state, request_of(session).content) == (State.REMOVED, None)


def test_the_pages_look_again_by_themselves_while_a_job_is_at_work(
    session: Session, enter: Enter, run_jobs: Callable[[], int]
) -> None:
    def looks_again() -> dict[str, bool]:
        pages = {"iris": URL, "hanna": f"{HR}/{request_of(session).id}"}
        return {key: soup(enter(key).get(page)).select_one("[hx-trigger]") is not None for key, page in pages.items()}

    enter("iris").post(URL, data={"request_key": "k"})
    assert looks_again() == {"iris": True, "hanna": True}
    run_jobs()
    assert looks_again() == {"iris": False, "hanna": False}
    enter("hanna").post(f"{HR}/{request_of(session).id}/release")
    assert looks_again() == {"iris": True, "hanna": True}
    run_jobs()
    assert looks_again() == {"iris": False, "hanna": False}


def test_what_has_come_in_since_goes_back_to_hr(
    room: Room, session: Session, enter: Enter, run_jobs: Callable[[], int]
) -> None:
    enter("iris").post(URL)
    run_jobs()
    number = request_of(session).id
    client = enter("hanna")
    client.post(f"{HR}/{number}/release")
    session.execute(sa.update(SelfReview).values(body="Mats did it"))
    run_jobs()
    assert (request_of(session).state, request_of(session).released_at) == (State.REVIEW, None)
    assert client.post(f"{HR}/{number}/gather").status_code == 303
    run_jobs()
    client.post(f"{HR}/{number}/release")
    run_jobs()
    assert request_of(session).state == State.RELEASED


def test_hr_is_told_how_somebody_who_has_left_gets_it(
    room: Room, session: Session, enter: Enter, run_jobs: Callable[[], int]
) -> None:
    enter("iris").post(URL)
    run_jobs()
    number = request_of(session).id
    enter("hanna").post(f"{HR}/{number}/release")
    run_jobs()
    told = words(enter("hanna").get(f"{HR}/{number}"), "#request .note")
    assert told == "Handed out Iris Vance can download it until 30 Nov 2026, 09:00."
    session.get_one(Person, room.scene.id("iris")).is_active = False
    session.commit()
    assert words(enter("hanna").get(f"{HR}/{number}"), "#request .note") == (
        "Handed out Iris Vance has left and cannot sign in to download it. Whoever runs Dualtrack writes the same "
        "files with the command subject-access; hand them over and remove them."
    )


def test_an_involved_hr_partner_and_everybody_else_find_nothing(
    room: Room, session: Session, enter: Enter, run_jobs: Callable[[], int]
) -> None:
    enter("iris").post(URL)
    run_jobs()
    number, hugo = request_of(session).id, room.scene.id("hugo")
    row = {"kind": "other", "reason": "x", "declared_by_id": hugo, "declared_at": room.now}
    session.add(Conflict(case_id=room.case_id, person_id=hugo, **row))
    session.commit()
    entry = f"{HR}/{number}/entries/person"
    assert enter("hanna").get(entry).status_code == 200
    for key in ("hugo", "iris", "greta", "abel", "ines", "clara"):
        client = enter(key)
        gone = client.get("/nothing-here").data
        shown = [client.get(path).data == gone for path in (f"{HR}/{number}", f"{HR}/{number}/live", entry)]
        pressed = [client.post(f"{HR}/{number}/{what}").status_code for what in ("release", "gather", "entries/person")]
        assert (shown, pressed) == ([True] * 3, [404] * 3), key
    assert soup(enter("hugo").get(HR)).select("[data-item]") == []
    assert enter("hugo").post(HR, data={"person": "iris"}).status_code == 422
    request_of(session).state, request_of(session).until_at = State.RELEASED, room.now + timedelta(days=1)
    assert [enter(key).get(f"{URL}/{number}.zip").status_code for key in ("iris", "greta", "hanna")] == [200, 404, 404]
    assert enter("greta").post(f"{URL}/{number}/download").status_code == 404


def test_hr_reads_no_more_of_it_than_where_it_stands(
    room: Room, session: Session, enter: Enter, run_jobs: Callable[[], int]
) -> None:
    """Sign-ins, mails and acts are for the person alone: neither shown nor guessed at by taking words out."""
    enter("iris").post(URL)
    run_jobs()
    row = request_of(session)
    held = json.loads(row.content or "{}")["entries"]
    alone = [each["key"] for each in held if each["reader"] == "nobody"]
    assert {key.partition("-")[0] for key in alone} >= {"sign_in", "audit_event"}
    client = enter("hanna")
    assert {client.get(f"{HR}/{row.id}/entries/{key}").status_code for key in alone} == {404}
    sent = {"words": "2026", "reason": "x"}
    assert {client.post(f"{HR}/{row.id}/entries/{key}", data=sent).status_code for key in alone} == {404}


def test_the_pages_take_the_same_statements_for_more_rows(
    room: Room, session: Session, enter: Enter, statements: Statements
) -> None:
    counted = []
    for several in (False, True):
        for n in range(30 if several else 1):
            row = {"asked_by_id": room.scene.id("otto"), "asked_at": room.now, "due_on": date(2026, 12, n + 1)}
            session.add(SubjectRequest(person_id=room.scene.id("otto"), state=State.REMOVED, **row))
        for key, url in (("hanna", HR), ("otto", URL)):
            client = enter(key)
            client.get(url)
            with statements() as issued:
                client.get(url)
            counted.append(len(issued))
    assert counted[:2] == counted[2:]
    assert max(counted) <= 4


@pytest.mark.both_databases
def test_who_is_due_first_stands_first(session: Session, now: datetime) -> None:
    room = announced_room(session, now)
    for key, state, day in (("ben", "review", 9), ("cora", "removed", 1), ("otto", "review", 3)):
        row = {"asked_by_id": room.scene.id(key), "asked_at": now, "due_on": date(2026, 12, day), "state": state}
        session.add(SubjectRequest(person_id=room.scene.id(key), **row))
    session.flush()
    assert [each.person for each in list_requests(session, room.actor("hanna"))] == [
        "Otto Nagy",
        "Ben Ito",
        "Cora Diaz",
    ]
    assert list_requests(session, room.actor("abel")) == ()


@pytest.mark.parametrize(
    ("body", "words", "reason", "told"),
    [
        ("Both.", "Both", "Mine", []),
        ("Both.", "", "Mine", []),
        ("Both.", "both", " ", ["words", "reason"]),
        ("y" * 2_000, "y" * 2_000, "x" * 1_000, []),
        ("y" * 2_001, "y" * 2_001, "x" * 1_001, ["words", "reason"]),
    ],
)
def test_what_is_wrong_with_words_to_take_out(body: str, words: str, reason: str, told: list[str]) -> None:
    entry = Entry("self_review-1", Section.OWN_WORDS, "self_review.body", {"body": body})
    assert [fault.field for fault in find_faults(entry, words, reason)] == told


def test_a_month_ends_on_its_last_day() -> None:
    days = [(date(2026, 1, 31), 1), (date(2028, 1, 31), 1), (date(2026, 12, 15), 1), (date(2026, 8, 31), 6)]
    assert [add_months(*each) for each in days] == [
        date(2026, 2, 28), date(2028, 2, 29), date(2027, 1, 15), date(2027, 2, 28),
    ]  # fmt: skip
