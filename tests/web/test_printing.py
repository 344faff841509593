"""Printing through a real client: what is printed, what waits, what failed, and what each reader learns of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from review.adapters.jobs import InlineJobs
from review.extensions import db
from review.models import AuditEvent, Packet, PacketFile, Person, PrintJob
from review.services import printing
from review.services.packets import RENDER, _note_failure
from tests.committee_room import Room, sealed_room
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import Door, listed, words

WHY = "out of memory: needed more memory than a render may use"


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def candidate(room: Room) -> str:
    return room.session.get_one(Person, room.case.candidate_id).name


def file_ids(session: Session) -> list[int]:
    return list(session.scalars(sa.select(PacketFile.id).order_by(PacketFile.id)))


def states(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(sa.select(PrintJob.state).order_by(PrintJob.subject_id)))


@pytest.fixture
def mixed(session: Session, room: Room, now: datetime) -> list[int]:
    """Let the first of three prints have failed, the second be printed, and the third wait; return their files."""
    ids = file_ids(session)
    for file_id in ids[:2]:
        assert printing.begin(RENDER, session, file_id, run=f"run-{file_id}", worker="press-0", now=now)
    _note_failure(session, WHY, ids[0], now=now)
    session.commit()
    return ids


def test_hr_reads_what_is_printed_what_waits_and_what_failed_with_its_case(
    door: Door, room: Room, mixed: list[int]
) -> None:
    page = door.enter("hanna").get("/printing")
    code, name = room.case.code, candidate(room)
    assert words(page, "#now").startswith("Waiting Packet 1 about 3.0 s each Letter 0")
    assert "All of it takes about 1 minute. 1 print has failed. Being printed 1" in words(page, "#now")
    assert listed(page, "#now li b") == [f"Packet {code}"]
    assert listed(page, "tbody th") == [f"Packet {code} view: committee"]
    assert listed(page, "tbody td")[:2] == [name, f"It needed too much memory, twice {WHY}"]


def test_it_admin_reads_numbers_and_reasons_and_nothing_of_cases(
    door: Door, room: Room, mixed: list[int], session: Session
) -> None:
    it = door.enter("ines")
    said = [it.get(f"/printing{end}").get_data(as_text=True) for end in ("", "/now", ".csv", "?state=waiting")]
    number = session.scalars(sa.select(PrintJob.id).where(PrintJob.state == "failed")).one()
    assert listed(it.get("/printing"), "tbody th") == [f"Packet no. {number}"]
    assert "It needed too much memory, twice" in said[0]
    assert [len(page) > 50 for page in said] == [True] * 4
    hidden = (room.case.code, candidate(room), WHY, "committee</small>", f"/cases/{room.case_id}")
    assert [word for word in hidden for page in said if word in page] == []


def test_prints_of_a_case_that_an_hr_partner_is_part_of_are_not_theirs(
    door: Door, room: Room, mixed: list[int], session: Session
) -> None:
    room.case.candidate_id = room.scene.id("hugo")
    session.commit()
    page = door.enter("hugo").get("/printing")
    assert "No print has failed" in words(page)
    assert "Packet 0" in words(page, "#now")
    assert listed(page, "#now li") == []


def test_nobody_else_finds_it(door: Door, mixed: list[int]) -> None:
    for key in ("greta", "iris", "mika", "otto"):
        client = door.enter(key)
        answers = [client.get(f"/printing{end}") for end in ("", "/now", ".csv")]
        answers += [client.post("/printing/again"), client.post("/printing/give-up")]
        assert [answer.status_code for answer in answers] == [404] * 5


@pytest.mark.parametrize("key", ["hanna", "ines"])
def test_what_failed_is_tried_again_and_told_in_the_record(
    door: Door, mixed: list[int], session: Session, key: str
) -> None:
    client = door.enter(key)
    number = session.scalars(sa.select(PrintJob.id).where(PrintJob.state == "failed")).one()
    answer = client.post("/printing/again", data={"only": number, "request_key": "one"}, follow_redirects=True)
    assert "1 print is tried again." in words(answer)
    assert states(session) == ["waiting", "printing", "waiting"]
    assert session.scalars(sa.select(PacketFile.state).where(PacketFile.id == mixed[0])).one() == "waiting"
    assert client.post("/printing/again", data={"request_key": "two"}).status_code == 303
    told = session.scalars(sa.select(AuditEvent.subject_id).where(AuditEvent.kind == "print.again")).all()
    assert told == [number]


def test_a_press_that_comes_twice_takes_effect_once(
    door: Door, mixed: list[int], session: Session, now: datetime
) -> None:
    client = door.enter("hanna")
    client.post("/printing/again", data={"request_key": "one"})
    _note_failure(session, WHY, mixed[0], now=now)
    session.commit()
    client.post("/printing/again", data={"request_key": "one"})
    assert states(session) == ["failed", "printing", "waiting"]


def test_what_is_given_up_is_off_the_list_and_comes_back_when_somebody_asks(
    door: Door, mixed: list[int], session: Session, room: Room
) -> None:
    client = door.enter("hanna")
    assert "1 print is given up." in words(client.post("/printing/give-up", follow_redirects=True))
    assert states(session) == ["given_up", "printing", "waiting"]
    assert "No print has failed" in words(client.get("/printing"))
    assert listed(client.get("/printing?state=given_up"), "tbody th") != []
    member = door.enter("mika")
    for press in ("/open", ".pdf"):
        member.post(f"/cases/{room.case_id}/packet{press}")
    assert states(session) == ["waiting", "printing", "waiting"]


def test_what_failed_of_a_packet_that_was_unsealed_is_given_up(
    door: Door, mixed: list[int], session: Session, room: Room, now: datetime
) -> None:
    session.scalars(sa.select(Packet)).one().unsealed_at = now
    session.commit()
    door.enter("hanna").post("/printing/again")
    assert states(session) == ["given_up", "printing", "waiting"]


def test_a_page_that_stays_open_is_told_of_news_alone(
    door: Door, mixed: list[int], session: Session, now: datetime
) -> None:
    client = door.enter("hanna")
    address = client.get("/printing").get_data(as_text=True).partition('hx-get="')[2].partition('"')[0]
    assert client.get(address).status_code == 204
    printing.note_end(session, RENDER, mixed[1], now=now + timedelta(seconds=5))
    session.commit()
    answer = client.get(address)
    assert "about 5.0 s each" in words(answer, "#now")
    assert "Nothing is being printed" in words(answer, "#now")


def test_the_list_is_narrowed_and_taken_along(door: Door, mixed: list[int], room: Room) -> None:
    client = door.enter("hanna")
    assert listed(client.get("/printing?kind=merge_book"), "tbody th") == []
    assert len(listed(client.get("/printing?state=waiting&kind=render_packet"), "tbody th")) == 1
    lines = client.get("/printing.csv?state=failed").get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == "No.,Kind,Case,Candidate,State,Why,Asked for,Begun,Ended,Worker"
    assert [line.split(",")[1:6] for line in lines[1:]] == [["Packet", room.case.code, candidate(room), "Failed", WHY]]


def test_a_reader_who_waits_behind_a_batch_has_theirs_printed_first(
    door: Door, session: Session, room: Room, app: Flask, now: datetime
) -> None:
    """The page offers it where the batch takes longer than a minute; pressing it twice is one print."""
    first, *_rest = file_ids(session)
    values = {"kind": RENDER, "state": "waiting", "share": "committee-9", "asked_at": now - timedelta(minutes=1)}
    more = {"round": 1, "tries": 0, "run": "", "worker": ""}
    session.execute(sa.insert(PrintJob), [{**values, **more, "subject_id": 1000 + n} for n in range(100)])
    session.commit()
    client, url = door.enter("mika"), f"/cases/{room.case_id}/packet"
    client.post(f"{url}/open")
    assert "in about 9 minutes. Look again Print mine first" in words(client.get(url), "#pdf")
    for _ in range(2):
        client.post(f"{url}.pdf")
    assert words(client.get(url), "#pdf") == "The PDF is being made. It appears here within a minute. Look again"
    with app.app_context():
        jobs: InlineJobs = db.engine.get_execution_options()["jobs"]
    assert [args for job, args in jobs.ready if job.name == RENDER] == [(first,)]


def test_a_print_is_begun_by_one_job_alone(session: Session, room: Room, now: datetime) -> None:
    """The job of a dead worker goes on under its key; another one, of a press meanwhile, does not."""
    first, *_rest = file_ids(session)
    begin = [
        printing.begin(RENDER, session, first, run=run, worker=worker, now=now)
        for run, worker in (("a", "press-0"), ("b", "press-1"), ("a", "press-1"))
    ]
    assert begin == [True, False, True]
    row = session.scalars(sa.select(PrintJob).where(PrintJob.subject_id == first)).one()
    assert (row.state, row.worker, row.tries) == ("printing", "press-1", 2)
    printing.note_end(session, RENDER, first, now=now)
    assert not printing.begin(RENDER, session, first, run="a", worker="press-0", now=now)


COUNTS = {"/printing": 6, "/printing/now": 4, "/printing?state=waiting&page=2": 6, "/printing.csv?state=waiting": 3}


@pytest.mark.parametrize("more", [0, 300])
def test_more_prints_take_no_more_statements(
    door: Door, mixed: list[int], room: Room, session: Session, now: datetime, statements: Statements, more: int
) -> None:
    row = {"kind": RENDER, "case_id": room.case_id, "asked_at": now, "share": "x", "round": 1, "tries": 1, "run": ""}
    rows = [
        {**row, "subject_id": 1000 + 3 * n + k, "state": state, "worker": "w", "started_at": now, "ended_at": now}
        for n in range(more)
        for k, state in enumerate(("waiting", "failed", "printing"))
    ]
    if rows:
        session.execute(sa.insert(PrintJob), rows)
        session.commit()
    client, counted = door.enter("hanna"), {}
    client.get("/")
    for url in COUNTS:
        with statements() as issued:
            assert client.get(url).status_code == 200
        counted[url] = len(issued)
    assert counted == COUNTS
