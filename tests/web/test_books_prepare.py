"""All members' books, prepared by the chair through a real client: whose they are, and that nothing is opened by it."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import AuditEvent, Book, BookPart, Seat
from review.services.conflicts import declare_conflict
from tests.committee_room import MEMBERS, built_room
from tests.factories import Scene, open_scene
from tests.signed_in import Door, words
from tests.trail import details_where


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Seal two cases of one committee; Mika is out of one."""
    scene = open_scene(session, now)
    rooms = {key: built_room(session, scene, now, key=key, to_level="senior-pm") for key in ("ben", "cora")}
    for room in rooms.values():
        room.fire("seal", "hanna")
    declare_conflict(session, rooms["ben"].case_id, "other", "Too close.", actor=scene.actor("mika"), now=now)
    session.commit()
    return scene


@pytest.fixture
def url(scene: Scene) -> str:
    return f"/committee/agenda/{scene.committee_id}/book"


def test_the_chair_has_all_books_prepared_and_each_reader_takes_their_own(
    session: Session, settings: Settings, scene: Scene, door: Door, url: str
) -> None:
    chair = door.enter("clara")
    plan = words(chair.get(f"{url}/all"))
    assert "5 members, 2 packets, 2 of them to print first: about 1 minute." in plan
    assert chair.post(f"{url}/all").status_code == 303
    assert chair.post(f"{url}/all").status_code == 303
    books = {book.person_id: book for book in session.scalars(sa.select(Book))}
    assert set(books) == {scene.id(key) for key in MEMBERS}
    parts = sa.select(sa.func.count()).select_from(BookPart)
    held = {key: session.scalar(parts.where(BookPart.book_id == books[scene.id(key)].id)) for key in MEMBERS}
    assert held == {**dict.fromkeys(MEMBERS, 2), "mika": 1}
    assert session.scalar(sa.select(sa.func.count()).where(Seat.opened_at.is_not(None))) == 0
    told = [each.get("person") for each in details_where(session, AuditEvent.kind == "book.ask")]
    assert sorted(told, key=str) == sorted([None, *(scene.id(key) for key in MEMBERS if key != "clara")], key=str)
    for book in books.values():
        book.state, book.path, book.size_bytes, book.page_count = "ready", f"book-{book.id}.pdf", 1_200_000, 40
        book.made_at = book.asked_at
        (settings.files_dir / f"book-{book.id}.pdf").write_bytes(b"%PDF-1.7 a book")
    session.commit()
    mika = door.enter("mika")
    assert "A book is prepared for you" in words(mika.get(url))
    assert mika.get(f"{url}.pdf").status_code == 303
    mika.post(url)
    assert "Your book is ready" in words(mika.get(url))
    with mika.get(f"{url}.pdf") as answer:
        assert answer.status_code == 200
    assert session.scalar(sa.select(sa.func.count(Book.id))) == len(MEMBERS)
    opened = session.scalars(sa.select(Seat.person_id).where(Seat.opened_at.is_not(None))).all()
    assert opened == [scene.id("mika")]


@pytest.mark.parametrize("key", ["mika", "hanna", "otto"])
def test_who_does_not_lead_prepares_nothing(session: Session, door: Door, url: str, key: str) -> None:
    client = door.enter(key)
    assert (client.get(f"{url}/all").status_code, client.post(f"{url}/all").status_code) == (404, 404)
    assert session.scalar(sa.select(sa.func.count(Book.id))) == 0
