"""The packet through a real client: opened first by who votes, its PDF, and nothing for anybody without a right."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from io import BytesIO

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from review.adapters.packet_keys import make_key
from review.adapters.paper import Paper, template_version
from review.config import Settings
from review.models import PacketCopy, PacketFile, Person, PrintJob, Seat
from tests.committee_room import Room, sealed_room
from tests.factories import Scene
from tests.signed_in import Door, listed, soup, words


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def print_all(session: Session, settings: Settings) -> None:
    """Lay a small file for each view where printing would, with the view's name as its title."""
    for row in session.scalars(sa.select(PacketFile)):
        pdf = BytesIO()
        with pikepdf.new() as file:
            file.add_blank_page()
            file.docinfo["/Title"] = row.view
            file.save(pdf, static_id=True)
        row.state, row.path, row.page_count = "ready", f"{row.view}.pdf", 9
        row.digest = hashlib.sha256(pdf.getvalue()).hexdigest()
        (settings.files_dir / f"{row.view}.pdf").write_bytes(pdf.getvalue())
    session.commit()


def take(client: FlaskClient, url: str) -> bytes:
    """Make one's copy of the packet, as the page's button does, and return it."""
    with client.post(f"{url}.pdf", follow_redirects=True) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        return answer.data


def said(pdf: bytes) -> tuple[str, str]:
    """Return the title of a copy, and the words of its only page."""
    with pikepdf.open(BytesIO(pdf)) as file:
        title = str(file.docinfo["/Title"])
    return title, PdfReader(BytesIO(pdf)).pages[0].extract_text().strip()


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
    assert "The PDF is being made. It appears here within a minute." in words(client.get(url))
    assert client.post(f"{url}.pdf").location == url
    waiting = client.get(f"{url}.pdf")
    assert (waiting.status_code, waiting.location) == (303, url)
    session.execute(sa.update(PacketFile).values(state="failed", error="The text is too long."))
    assert "The PDF could not be made: The text is too long." in words(client.get(url))
    assert client.post(f"{url}.pdf").status_code == 303
    assert session.scalar(sa.select(PacketFile.state).where(PacketFile.view == "manager")) == "waiting"
    print_all(session, settings)
    assert words(client.get(url), "#pdf button") == "Download my copy, 9 pages"
    assert client.get(f"{url}.pdf").location == url  # asking with GET makes nothing
    assert session.scalar(sa.select(sa.func.count()).select_from(PacketCopy)) == 0
    made = client.post(f"{url}.pdf")
    assert (made.status_code, made.location) == (303, f"{url}.pdf")
    assert words(client.get(url), "#pdf") == "Copy 1, made 16 Nov 2026, 10:00 My PDF, 9 pages"
    with client.get(f"{url}.pdf") as answer:
        assert said(answer.data) == ("manager", "Copy 1 for Greta Holm, 16 November 2026, 10:00 CET")
        assert answer.headers["Content-Disposition"] == "attachment; filename=2026A-001-Iris-Vance.pdf"
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_copy_from_before_there_was_a_key_is_made_again(
    session: Session, room: Room, door: Door, settings: Settings
) -> None:
    client, url = door.enter("greta"), f"/cases/{room.case_id}/packet"
    print_all(session, settings)
    unsigned = take(client, url)
    make_key(settings.signing_key, "Winterlane")
    assert client.get(f"{url}.pdf").location == url
    assert words(client.get(url), "#pdf button") == "Download my copy, 9 pages"
    signed = take(client, url)
    assert (b"/ETSI.CAdES.detached" in unsigned, b"/ETSI.CAdES.detached" in signed) == (False, True)
    assert said(signed) == said(unsigned)
    with client.get(f"{url}.pdf") as answer:
        assert answer.data == signed


def test_a_page_that_waits_learns_when_the_pdf_is_there(
    session: Session, room: Room, door: Door, settings: Settings
) -> None:
    client, url = door.enter("greta"), f"/cases/{room.case_id}/packet"
    waits = soup(client.get(url)).select_one("#pdf")
    assert waits is not None
    assert (waits["hx-get"], waits["hx-trigger"]) == (f"{url}/print", "every 3s")
    assert client.get(f"{url}/print").status_code == 204
    print_all(session, settings)
    answer = client.get(f"{url}/print")
    assert words(answer, "#pdf button") == "Download my copy, 9 pages"
    assert "hx-get" not in answer.get_data(as_text=True)


def test_how_long_a_print_takes_is_reckoned_from_those_before_it(
    session: Session, room: Room, door: Door, app: Flask
) -> None:
    client, url = door.enter("greta"), f"/cases/{room.case_id}/packet"
    count = 30 * app.extensions["settings"].render_processes
    earlier = {"kind": "render_packet", "share": "cycle-9", "asked_at": room.now - timedelta(days=1)}
    session.add_all([PrintJob(subject_id=1000 + number, **earlier) for number in range(count)])
    session.commit()
    assert "The PDF is being made. It appears here in about 3 minutes." in words(client.get(url))


def test_nobody_is_handed_the_file_of_another_view(
    session: Session, room: Room, door: Door, settings: Settings
) -> None:
    door.enter("hanna").post(f"/cases/{room.case_id}/packet.pdf")
    door.enter("mika").post(f"/cases/{room.case_id}/packet/open")
    print_all(session, settings)
    url = f"/cases/{room.case_id}/packet"
    handed = {key: said(take(door.enter(key), url)) for key in ("iris", "greta", "mika", "hanna")}
    at = "16 November 2026, 10:00 CET"
    assert handed == {
        "iris": ("candidate", f"Copy 1 for Iris Vance, {at}"),
        "greta": ("manager", f"Copy 2 for Greta Holm, {at}"),
        "mika": ("committee", f"Copy 3 for Mika Saar, {at}"),
        "hanna": ("hr", f"Copy 4 for Hanna Ruiz, {at}"),
    }


def test_the_same_reader_gets_the_same_copy(session: Session, room: Room, door: Door, settings: Settings) -> None:
    print_all(session, settings)
    url = f"/cases/{room.case_id}/packet"
    first = take(door.enter("greta"), url)
    session.execute(sa.update(Person).where(Person.id == room.scene.id("greta")).values(name="Greta Other", zone="UTC"))
    door.client.application.extensions["clock"] = lambda: room.now + timedelta(hours=1)
    assert take(door.enter("greta"), url) == first
    path = settings.files_dir / session.scalars(sa.select(PacketCopy.path)).one()
    path.unlink()
    assert words(door.client.get(url), "#pdf button") == "Download my copy, 9 pages"
    assert door.client.get(f"{url}.pdf").location == url
    assert take(door.client, url) == first
    path.write_bytes(b"%PDF-1.7 damaged")
    assert take(door.client, url) == first


def test_the_copy_is_in_the_readers_zone(session: Session, room: Room, door: Door, settings: Settings) -> None:
    print_all(session, settings)
    session.execute(sa.update(Person).where(Person.id == room.scene.id("greta")).values(zone="Asia/Tokyo"))
    assert said(take(door.enter("greta"), f"/cases/{room.case_id}/packet"))[1].endswith("16 November 2026, 18:00 +0900")


def test_a_damaged_print_is_printed_anew(session: Session, room: Room, door: Door, settings: Settings) -> None:
    print_all(session, settings)
    (settings.files_dir / "manager.pdf").write_bytes(b"%PDF-1.7")
    client, url = door.enter("greta"), f"/cases/{room.case_id}/packet"
    assert client.post(f"{url}.pdf").location == url
    assert session.scalar(sa.select(PacketFile.state).where(PacketFile.view == "manager")) == "waiting"
    assert session.scalar(sa.select(sa.func.count()).select_from(PacketCopy)) == 0


def test_other_templates_print_anew_and_the_old_print_stays(
    session: Session, room: Room, door: Door, settings: Settings
) -> None:
    print_all(session, settings)
    session.execute(sa.update(PacketFile).values(template="older"))
    client, url = door.enter("greta"), f"/cases/{room.case_id}/packet"
    assert words(client.get(url), "#pdf button") == "Make the PDF"
    assert client.post(f"{url}.pdf").location == url
    rows = session.execute(
        sa.select(PacketFile.state, PacketFile.path, PacketFile.template)
        .where(PacketFile.view == "manager")
        .order_by(PacketFile.id)
    ).all()
    assert rows == [("ready", "manager.pdf", "older"), ("waiting", None, template_version(Paper()))]


@pytest.mark.parametrize("key", ["erin", "otto", "abel", "ines", "petra", "pavel"])
def test_who_has_no_right_meets_the_same_404(
    session: Session, room: Room, door: Door, settings: Settings, key: str
) -> None:
    print_all(session, settings)
    client, url = door.enter(key), f"/cases/{room.case_id}/packet"
    missing = client.get("/cases/987654/packet").data
    assert [client.get(each).data == missing for each in (url, f"{url}.pdf", f"{url}/print")] == [True, True, True]
    assert [client.post(each).status_code for each in (f"{url}/open", f"{url}.pdf")] == [404, 404]


def test_a_member_who_has_not_opened_it_gets_no_file(
    session: Session, room: Room, door: Door, settings: Settings
) -> None:
    print_all(session, settings)
    client, url = door.enter("mika"), f"/cases/{room.case_id}/packet"
    missing = client.get("/cases/987654/packet").data
    answers = (client.get(f"{url}.pdf"), client.post(f"{url}.pdf"), client.get(f"{url}/print"))
    assert [(answer.status_code, answer.data == missing) for answer in answers] == [(404, True)] * 3


def test_a_file_that_is_gone_is_made_again(session: Session, room: Room, door: Door, settings: Settings) -> None:
    print_all(session, settings)
    (settings.files_dir / "manager.pdf").unlink()
    client, url = door.enter("greta"), f"/cases/{room.case_id}/packet"
    answer = client.get(f"{url}.pdf")
    assert (answer.status_code, answer.location) == (303, url)
    assert words(client.get(url), "#pdf button") == "Make the PDF"
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
