"""A member's book through a real client: what it holds, who may have it, and when it is not handed out any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.errors import NotFound
from review.models import AuditEvent, Book, BookPart, Packet, PacketFile, Seat
from review.queries.agenda import load_agenda
from review.queries.books import find_book, list_bookable
from review.queries.packets import view_name
from review.queries.standing import load_standing
from review.services.conflicts import declare_conflict
from tests.committee_room import MEMBERS, Room, built_room
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import Door, words

BEN = "Ben Ito"


@pytest.fixture
def rooms(session: Session, scene: Scene, now: datetime) -> dict[str, Room]:
    """Seal three cases of one committee."""
    levels = {"iris": "staff-pm", "ben": "senior-pm", "cora": "senior-pm"}
    rooms = {key: built_room(session, scene, now, key=key, to_level=level) for key, level in levels.items()}
    for room in rooms.values():
        room.fire("seal", "hanna")
    session.commit()
    return rooms


@pytest.fixture
def url(scene: Scene) -> str:
    return f"/committee/agenda/{scene.committee_id}/book"


def lay_ready(session: Session, settings: Settings) -> None:
    """Lay a small file where each book would be, as if it had been made."""
    for book in session.scalars(sa.select(Book)):
        book.state, book.path, book.size_bytes, book.page_count = "ready", f"book-{book.id}.pdf", 1_200_000, 40
        book.made_at = book.asked_at
        (settings.files_dir / f"book-{book.id}.pdf").write_bytes(b"%PDF-1.7 a book")
    session.commit()


def everything_in(pdf: bytes) -> str:
    """Return all bytes, strings, texts and data of a PDF in one."""
    found = [pdf.decode("latin-1")]
    with pikepdf.open(BytesIO(pdf)) as file:
        for each in file.objects:
            if isinstance(each, pikepdf.Stream):
                found.append(each.read_bytes().decode("latin-1"))
            found += [str(value) for value in strings_of(each)]
    reader = PdfReader(BytesIO(pdf))
    found += [page.extract_text() for page in reader.pages]
    return "\n".join(found)


def strings_of(value: Any) -> list[Any]:
    """Return the strings right in an object."""
    if isinstance(value, pikepdf.String):
        return [value]
    if isinstance(value, pikepdf.Array):
        return [one for each in value if not getattr(each, "is_indirect", False) for one in strings_of(each)]
    if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        return [one for each in value.values() if not getattr(each, "is_indirect", False) for one in strings_of(each)]
    return []


def kinds(session: Session) -> list[str]:
    return list(
        session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind.like("book.%")).order_by(AuditEvent.seq))
    )


def test_a_book_holds_the_agenda_and_nothing_of_a_case_its_reader_is_out_of(
    session: Session,
    scene: Scene,
    rooms: dict[str, Room],
    door: Door,
    url: str,
    run_jobs: Callable[[], int],
    now: datetime,
) -> None:
    declare_conflict(session, rooms["ben"].case_id, "other", "Too close.", actor=scene.actor("mika"), now=now)
    for key in ("mika", "aya"):
        assert door.enter(key).post(url).status_code == 303
    assert "0 of 2 packets are printed." in words(door.enter("mika").get(url), "main")
    run_jobs()
    session.expire_all()
    books = {}
    for key, cases in {"mika": 2, "aya": 3}.items():
        client = door.enter(key)
        page = words(client.get(url), "main")
        assert ("Your book is ready" in page, f"{cases} packets" in page) == (True, True)
        with client.get(f"{url}.pdf") as answer:
            assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")
            books[key] = answer.data
        reader = PdfReader(BytesIO(books[key]))
        listed = list_bookable(session, scene.committee_id, scene.actor(key))
        agenda = load_agenda(session, scene.committee_id, scene.actor(key)).agenda
        assert tuple(each.case_id for each in listed) == agenda.order
        titles = [each["/Title"] for each in reader.outline if isinstance(each, dict)]
        assert titles[2:] == [f"{n}. {each.candidate}, {move(each)}" for n, each in enumerate(listed, 1)]
        starts = [label for label in reader.page_labels if label.endswith("-1")]
        assert starts == [f"{n:03}-1" for n in range(1, cases + 1)]
        assert f"{cases} packets" in reader.pages[0].extract_text()
    told = {key: [word in everything_in(pdf) for word in (BEN, rooms["ben"].case.code)] for key, pdf in books.items()}
    assert told == {"mika": [False] * 2, "aya": [True] * 2}
    assert kinds(session) == ["book.ask", "book.ask", "book.made", "book.made"]


def move(each: Any) -> str:
    """Return the codes of a case's levels, as a book writes them."""
    marks = {"pm-1": "IC1", "pm-2": "IC2", "senior-pm": "IC3", "staff-pm": "IC4"}
    return " – ".join(marks[level] for level in (each.from_level_id, each.to_level_id) if level)


def test_a_book_holds_what_each_packet_alone_would_give(
    session: Session, scene: Scene, rooms: dict[str, Room], now: datetime
) -> None:
    """The same cases and views as one packet after the other, by the rights of its own page, in each phase."""
    declare_conflict(session, rooms["ben"].case_id, "other", "Too close.", actor=scene.actor("mika"), now=now)
    rooms["cora"].reveal()
    for key in MEMBERS:
        alone = {}
        for room in rooms.values():
            try:
                standing = load_standing(session, room.case_id, scene.actor(key), now=now)
            except NotFound:
                continue
            if standing.may_read("packet.pdf"):
                alone[room.case_id] = view_name(standing)
        listed = list_bookable(session, scene.committee_id, scene.actor(key))
        assert {each.case_id: each.view for each in listed} == alone
        assert alone[rooms["cora"].case_id] == "committee.revealed"
        assert (rooms["ben"].case_id in alone) == (key != "mika")


def test_asking_opens_the_packets_and_twice_is_once(
    session: Session, scene: Scene, rooms: dict[str, Room], door: Door, url: str
) -> None:
    client = door.enter("mika")
    page = words(client.get(url))
    assert "You have not opened 3 of these packets." in page
    assert page.count("Too close?") == 3
    for _ in range(2):
        assert client.post(url, data={"request_key": "k"}).location == url
    opened = sa.select(sa.func.count()).where(Seat.person_id == scene.id("mika"), Seat.opened_at.is_not(None))
    assert (session.scalar(opened), kinds(session)) == (3, ["book.ask"])
    assert client.post(url).status_code == 303
    assert kinds(session) == ["book.ask"]
    assert session.scalar(sa.select(sa.func.count()).select_from(BookPart)) == 3


def test_a_late_conflict_takes_the_book_away_at_the_next_request(
    session: Session, scene: Scene, rooms: dict[str, Room], door: Door, url: str, settings: Settings, now: datetime
) -> None:
    client = door.enter("mika")
    client.post(url)
    lay_ready(session, settings)
    with client.get(f"{url}.pdf") as answer:
        assert (answer.status_code, answer.data) == (200, b"%PDF-1.7 a book")
    declare_conflict(session, rooms["ben"].case_id, "other", "Too close.", actor=scene.actor("mika"), now=now)
    answer = client.get(f"{url}.pdf")
    assert (answer.status_code, answer.location) == (303, url)
    page = words(client.get(url))
    assert "Your last book is not handed out any more" in page
    assert " 2 packets" in page
    assert [word in client.get(url).get_data(as_text=True) for word in (BEN, "3 packets", "Download")] == [False] * 3
    client.post(url)
    lay_ready(session, settings)
    with client.get(f"{url}.pdf") as answer:
        assert answer.status_code == 200
    assert door.enter("aya").get(f"{url}.pdf").status_code == 303


def test_a_packet_that_is_opened_again_takes_the_book_away(
    session: Session, rooms: dict[str, Room], door: Door, url: str, settings: Settings
) -> None:
    client = door.enter("mika")
    client.post(url)
    lay_ready(session, settings)
    rooms["ben"].fire("unseal", "hanna", note="A giver took words back.")
    assert client.get(f"{url}.pdf").status_code == 303
    assert "Your last book is not handed out any more" in words(client.get(url))


def test_a_book_is_given_up_and_made_anew(
    session: Session, rooms: dict[str, Room], door: Door, url: str, run_jobs: Callable[[], int]
) -> None:
    client = door.enter("mika")
    client.post(url)
    assert client.post(f"{url}/cancel").status_code == 303
    assert "Make it again" in words(client.get(url))
    assert client.post(f"{url}/cancel").status_code == 409
    assert (kinds(session), client.get(f"{url}.pdf").status_code) == (["book.ask", "book.cancel"], 303)
    for file in session.scalars(sa.select(PacketFile)):
        file.state = "ready"  # the last print comes in: nobody puts it together any more
    session.commit()
    assert session.scalars(sa.select(Book.state)).all() == ["cancelled"]


def test_what_failed_is_told_with_the_case_and_tried_again(
    session: Session, scene: Scene, rooms: dict[str, Room], door: Door, url: str, now: datetime
) -> None:
    from review.services.packets import _note_failure

    client = door.enter("mika")
    client.post(url)
    files = session.execute(
        sa.select(PacketFile, Packet.case_id).join(Packet).where(PacketFile.view == "committee").order_by(Packet.id)
    ).all()
    for file, case_id in files:
        if case_id != rooms["ben"].case_id:
            file.state = "ready"
    session.commit()
    broken = next(file for file, case_id in files if case_id == rooms["ben"].case_id)
    _note_failure(session, RuntimeError("took longer than 120 s"), broken.id, now=now)
    page = words(client.get(url))
    assert "Your book could not be made 1 packet could not be printed:" in page
    assert f"{rooms['ben'].case.code}: took longer than 120 s" in page
    assert kinds(session) == ["book.ask", "book.failed"]
    assert session.scalars(sa.select(Book.state)).all() == ["failed"]


@pytest.mark.parametrize("key", ["hanna", "greta", "iris", "otto"])
def test_nobody_else_has_a_book(rooms: dict[str, Room], door: Door, url: str, key: str) -> None:
    client = door.enter(key)
    answers = [client.get(url), client.get(f"{url}.pdf"), client.get(f"{url}/live"), client.post(url)]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert client.post(f"{url}/cancel").status_code == 404


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_every_case_is_locked_before_the_first_packet_is_opened(
    session: Session, scene: Scene, rooms: dict[str, Room], now: datetime, statements: Statements
) -> None:
    from review.services.books import request_book

    with statements() as told:
        request_book(session, scene.committee_id, actor=scene.actor("mika"), now=now)
    locked = [n for n, each in enumerate(told) if '"case".id IN' in each and "FOR NO KEY UPDATE" in each]
    written = [n for n, each in enumerate(told) if "INSERT INTO audit_event" in each]
    opened = [n for n, each in enumerate(told) if "UPDATE seat" in each]
    assert (len(locked), len(opened)) == (1, len(rooms))
    assert locked[0] < min(written[0], opened[0])


@pytest.mark.both_databases
def test_the_last_print_puts_the_book_together_once(
    session: Session, scene: Scene, rooms: dict[str, Room], now: datetime
) -> None:
    from review.services.book_turns import move_book
    from review.services.books import cancel_book, keep_book, request_book

    mika = scene.actor("mika")
    book_id = request_book(session, scene.committee_id, actor=mika, now=now)
    session.commit()
    assert move_book(session, book_id, ("printing",), state="merging")
    assert not move_book(session, book_id, ("printing",), state="merging")
    cancel_book(session, scene.committee_id, actor=mika, now=now)
    session.commit()
    made = {"path": "books/none.pdf", "digest": "0" * 64, "size": 1, "pages": 1, "number": 1}
    keep_book(session, made, book_id, now=now)
    session.commit()
    book = find_book(session, scene.committee_id, mika)
    assert book is not None
    assert (book.state, book.path) == ("cancelled", None)


def test_the_page_takes_no_more_statements_for_more_cases(
    session: Session, scene: Scene, rooms: dict[str, Room], door: Door, url: str, now: datetime, statements: Any
) -> None:
    client = door.enter("clara")
    client.post(url)
    client.get(url)
    with statements() as few:
        client.get(url)
    other = built_room(session, scene, now, key="finn", to_level="pm-2")
    other.fire("seal", "hanna")
    client.post(url)
    with statements() as many:
        assert "4 packets" in words(client.get(url))
    assert len(many) == len(few)
