"""The packet through a real client: opened first by who votes, its PDF, and nothing for anybody without a right."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import PacketFile, Seat
from tests.committee_room import Room, sealed_room
from tests.signed_in import Door, listed, words


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


@pytest.fixture
def door(client: FlaskClient, session: Session, room: Room, now: datetime) -> Door:
    return Door(client, session, now, room.scene.company.ids)


def print_all(session: Session, settings: Settings) -> None:
    """Lay a file for each view where printing would."""
    for row in session.scalars(sa.select(PacketFile)):
        row.state, row.path, row.page_count = "ready", f"{row.view}.pdf", 9
        (settings.files_dir / f"{row.view}.pdf").write_bytes(f"%PDF-1.7 for {row.view}".encode())
    session.commit()


def test_a_member_opens_the_packet_before_reading(session: Session, room: Room, door: Door) -> None:
    client, url = door.enter("mika"), f"/cases/{room.case_id}/packet"
    page = client.get(url)
    assert words(page, "h2") == "Before you read"
    assert "I did it." not in page.get_data(as_text=True)
    assert session.scalar(sa.select(sa.func.count()).where(Seat.opened_at.is_not(None))) == 0
    assert [client.post(f"{url}/open").status_code for _ in range(2)] == [303, 303]
    page = client.get(url)
    assert words(page, "h1") == "Iris Vance for Staff PM"
    assert "Erin Malik, Engineering" in page.get_data(as_text=True)


def test_each_reads_their_own_view(room: Room, door: Door) -> None:
    url = f"/cases/{room.case_id}/packet"
    seen = {}
    for key in ("iris", "greta", "dario", "hanna"):
        text = door.enter(key).get(url).get_data(as_text=True)
        seen[key] = tuple(word in text for word in ("I did it.", "Seen.", "Erin Malik", "First view, before feedback"))
    assert seen == {
        "iris": (True, False, False, False),
        "greta": (True, True, False, True),
        "dario": (True, False, False, False),
        "hanna": (True, True, True, True),
    }


def test_who_was_heard_and_how_many_are_mutual_is_for_those_who_decide(room: Room, door: Door) -> None:
    told = {}
    room.read("mika")
    for key in ("iris", "greta", "dario", "hanna", "mika"):
        text = door.enter(key).get(f"/cases/{room.case_id}/packet").get_data(as_text=True)
        told[key] = ("Who was heard" in text, "0 of 3 voices are mutual" in text)
    assert told == dict.fromkeys(("iris", "greta", "dario"), (False, False)) | dict.fromkeys(
        ("hanna", "mika"), (True, True)
    )


def test_the_pdf_is_waiting_ready_or_failed(session: Session, room: Room, door: Door, settings: Settings) -> None:
    client, url = door.enter("greta"), f"/cases/{room.case_id}/packet"
    assert "The PDF is being made." in words(client.get(url))
    waiting = client.get(f"{url}.pdf")
    assert (waiting.status_code, waiting.location) == (303, url)
    session.execute(sa.update(PacketFile).values(state="failed", error="The text is too long."))
    assert "The PDF could not be made: The text is too long." in words(client.get(url))
    assert client.post(f"{url}.pdf").status_code == 303
    assert session.scalar(sa.select(PacketFile.state).where(PacketFile.view == "manager")) == "waiting"
    print_all(session, settings)
    assert listed(client.get(url), ".case-head a.btn") == ["PDF, 9 pages"]
    with client.get(f"{url}.pdf") as answer:
        assert (answer.status_code, answer.data) == (200, b"%PDF-1.7 for manager")
        assert answer.headers["Content-Disposition"] == "attachment; filename=2026A-001-Iris-Vance.pdf"
        assert "no-store" in answer.headers["Cache-Control"]


def test_nobody_is_handed_the_file_of_another_view(
    session: Session, room: Room, door: Door, settings: Settings
) -> None:
    door.enter("hanna").post(f"/cases/{room.case_id}/packet.pdf")
    door.enter("mika").post(f"/cases/{room.case_id}/packet/open")
    print_all(session, settings)
    handed = {}
    for key in ("iris", "greta", "mika", "hanna"):
        with door.enter(key).get(f"/cases/{room.case_id}/packet.pdf") as answer:
            handed[key] = answer.data.decode().removeprefix("%PDF-1.7 for ")
    assert handed == {"iris": "candidate", "greta": "manager", "mika": "committee", "hanna": "hr"}


@pytest.mark.parametrize("key", ["erin", "otto", "abel", "ines", "petra", "pavel"])
def test_who_has_no_right_meets_the_same_404(
    session: Session, room: Room, door: Door, settings: Settings, key: str
) -> None:
    print_all(session, settings)
    client, url = door.enter(key), f"/cases/{room.case_id}/packet"
    missing = client.get("/cases/987654/packet").data
    assert [client.get(each).data == missing for each in (url, f"{url}.pdf")] == [True, True]
    assert [client.post(each).status_code for each in (f"{url}/open", f"{url}.pdf")] == [404, 404]


def test_a_member_who_has_not_opened_it_gets_no_file(
    session: Session, room: Room, door: Door, settings: Settings
) -> None:
    print_all(session, settings)
    assert door.enter("mika").get(f"/cases/{room.case_id}/packet.pdf").status_code == 404


def test_a_file_that_is_gone_is_made_again(session: Session, room: Room, door: Door, settings: Settings) -> None:
    print_all(session, settings)
    (settings.files_dir / "manager.pdf").unlink()
    client, url = door.enter("greta"), f"/cases/{room.case_id}/packet"
    answer = client.get(f"{url}.pdf")
    assert (answer.status_code, answer.location) == (303, url)
    assert words(client.get(url), ".case-head button") == "Make the PDF"
    client.post(f"{url}.pdf")
    assert session.scalar(sa.select(PacketFile.state).where(PacketFile.view == "manager")) == "waiting"


def test_nobody_opens_a_packet_that_was_unsealed(session: Session, settings: Settings, room: Room, door: Door) -> None:
    print_all(session, settings)
    case = f"/cases/{room.case_id}"
    readers = ("iris", "greta", "dario", "mika", "hanna")
    offered = {key: listed(door.enter(key).get(case), f"a[href='{case}/packet']") for key in readers}
    assert offered == {key: ["Read the packet"] for key in readers}
    room.fire("unseal", "hanna", note="A giver took words back.")
    room.fire("withdraw", "iris")  # a case that has ended may be read again by those who followed it
    missing = door.client.get("/cases/987654").data
    for key in readers:
        client = door.enter(key)
        assert listed(client.get(case), f"a[href='{case}/packet']") == []
        for answer in (
            client.get(f"{case}/packet"),
            client.get(f"{case}/packet.pdf"),
            client.post(f"{case}/packet.pdf"),
        ):
            assert (answer.status_code, answer.data) == (404, missing)


def test_hr_is_told_of_signs_that_no_font_has(session: Session, settings: Settings, room: Room, door: Door) -> None:
    print_all(session, settings)
    session.execute(sa.update(PacketFile).where(PacketFile.view == "committee").values(error="U+13000"))
    url = f"/cases/{room.case_id}/packet"
    said = {key: listed(door.enter(key).get(url), "p.note") for key in ("hanna", "greta", "iris")}
    line = (
        "In print some signs are empty boxes, as this installation has no font for them: U+13000. "
        "Whoever runs it can add one."
    )
    assert said == {"hanna": [line], "greta": [], "iris": []}
