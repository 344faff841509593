"""Readers' own copies: each numbered once, the same for the same reader, told in the trail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from threading import Barrier

import pikepdf
import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from review.adapters.packet_keys import KeyDamaged, known_keys, make_key, replace_key
from review.adapters.packet_proof import Keys, Proof, read_proof
from review.adapters.packet_receipt import Verdict, verify_packet
from review.config import Settings
from review.domain.access import SYSTEM, Actor
from review.domain.errors import NotFound
from review.extensions import make_engine
from review.models import AuditEvent, PacketCopy, PacketFile, Person, RoleGrant
from review.queries.packets import find_packet
from review.services.audit import find_break
from review.services.packets import ask_for_file
from review.services.packets_copies import take_copy
from tests.committee_room import Room, sealed_room
from tests.trail import detail_of

READERS = 20


@pytest.fixture
def room(session: Session, now: datetime, settings: Settings) -> Room:
    """Give a sealed case whose views are printed, as small files."""
    room = sealed_room(session, now)
    packet = find_packet(session, room.case_id)
    assert packet is not None
    ask_for_file(session, packet, "hr", now=now)
    for file in session.scalars(sa.select(PacketFile)):
        lay_print(file, settings)
    session.commit()
    return room


def lay_print(file: PacketFile, settings: Settings) -> None:
    pdf = BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.docinfo["/Title"] = file.view
        made.save(pdf, static_id=True)
    file.state, file.path, file.page_count = "ready", f"{file.view}.pdf", 1
    file.digest = hashlib.sha256(pdf.getvalue()).hexdigest()
    (settings.files_dir / file.path).write_bytes(pdf.getvalue())


def take(room: Room, key: str, later: timedelta = timedelta()) -> PacketCopy:
    copy = take_copy(room.session, room.case_id, actor=room.actor(key), now=room.now + later)
    assert copy is not None
    return copy


def told(session: Session) -> list[tuple[int | None, object]]:
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "packet.copy").order_by(AuditEvent.seq))
    return [(event.actor_id, detail_of(session, event)) for event in events]


@pytest.mark.both_databases
def test_each_reader_has_one_copy_of_a_print(session: Session, room: Room, settings: Settings) -> None:
    first, second = take(room, "greta"), take(room, "hanna")
    again = take(room, "greta", timedelta(days=1))
    assert [(copy.number, copy.name) for copy in (first, second, again)] == [
        (1, "Greta Holm"), (2, "Hanna Ruiz"), (1, "Greta Holm"),
    ]  # fmt: skip
    assert told(session) == [
        (room.scene.id("greta"), {"view": "manager", "number": 1, "digest": first.digest}),
        (room.scene.id("hanna"), {"view": "hr", "number": 2, "digest": second.digest}),
    ]
    assert {copy.digest: copy.path for copy in (first, second)} == {
        hashlib.sha256(path.read_bytes()).hexdigest(): str(path.relative_to(settings.files_dir))
        for path in settings.files_dir.glob("packets/*/copies/*.pdf")
    }
    assert find_break(session) is None


def test_another_print_is_another_copy_and_the_old_one_stays(session: Session, room: Room, settings: Settings) -> None:
    old = take(room, "greta")
    session.execute(sa.update(PacketFile).values(template="older"))
    assert take_copy(session, room.case_id, actor=room.actor("greta"), now=room.now) is None
    packet = find_packet(session, room.case_id)
    assert packet is not None
    lay_print(ask_for_file(session, packet, "manager", now=room.now), settings)
    new = take(room, "greta")
    assert (old.number, new.number, old.path != new.path) == (1, 2, True)
    assert (settings.files_dir / old.path).is_file()


def test_a_copy_whose_file_is_gone_is_the_same_again(session: Session, room: Room, settings: Settings) -> None:
    copy = take(room, "greta")
    before = (copy.number, copy.made_at, copy.digest)
    (settings.files_dir / copy.path).unlink()
    again = take(room, "greta", timedelta(hours=3))
    assert (again.number, again.made_at, again.digest) == before
    assert hashlib.sha256((settings.files_dir / copy.path).read_bytes()).hexdigest() == copy.digest


def proof_of(copy: PacketCopy, settings: Settings) -> Proof:
    pdf = (settings.files_dir / copy.path).read_bytes()
    assert hashlib.sha256(pdf).hexdigest() == copy.digest
    with pikepdf.open(BytesIO(pdf)) as file:
        return read_proof(pdf, file, Keys(known_keys(settings.signing_key)))


def test_a_copy_is_signed_where_there_is_a_key_and_sealed_where_there_is_none(
    session: Session, room: Room, settings: Settings
) -> None:
    unsigned = take(room, "hanna")
    before = (unsigned.number, unsigned.made_at, unsigned.path)
    assert proof_of(unsigned, settings) == Proof(is_sealed=True)
    key = make_key(settings.signing_key, "Winterlane")
    signed = take(room, "greta")
    proof = proof_of(signed, settings)
    assert (proof.key, proof.is_known, proof.faults) == (key.fingerprint, True, ())
    again = take(room, "hanna", timedelta(days=1))
    assert (again.number, again.made_at) == before[:2]
    assert (again.path != before[2], proof_of(again, settings).key) == (True, key.fingerprint)
    assert [(each["number"], each["digest"] == again.digest) for _, each in told(session)] == [
        (1, False), (2, False), (1, True),
    ]  # fmt: skip


def test_a_signed_copy_that_is_gone_is_the_same_again_and_a_new_key_leaves_it_as_it_is(
    room: Room, settings: Settings
) -> None:
    make_key(settings.signing_key, "Winterlane")
    copy = take(room, "greta")
    digest = copy.digest
    (settings.files_dir / copy.path).unlink()
    assert take(room, "greta", timedelta(hours=3)).digest == digest
    replace_key(settings.signing_key, "Winterlane")
    kept = take(room, "greta", timedelta(hours=4))
    assert (kept.digest, proof_of(kept, settings).is_known) == (digest, True)


def test_a_key_that_cannot_be_read_hands_out_nothing_unsigned(room: Room, settings: Settings) -> None:
    settings.signing_key.write_text("no key")
    with pytest.raises(KeyDamaged):
        take(room, "greta")
    assert list(settings.files_dir.glob("packets/*/copies/*")) == []


def test_a_copy_taken_for_its_reader_says_by_whom(session: Session, room: Room) -> None:
    for _ in range(2):
        copy = take_copy(session, room.case_id, actor=room.actor("greta"), now=room.now, taken_by=SYSTEM)
        assert copy is not None
    whose = {"view": "manager", "number": 1, "digest": copy.digest, "person": room.scene.id("greta")}
    assert told(session) == [(None, whose), (None, whose)]


def test_who_may_not_have_the_pdf_leaves_nothing_behind(session: Session, room: Room, settings: Settings) -> None:
    for key in ("erin", "otto", "abel", "noor", "dario", "petra", "mika"):
        with pytest.raises(NotFound):
            take_copy(session, room.case_id, actor=room.actor(key), now=room.now)
    assert (told(session), list(settings.files_dir.glob("packets/*/copies/*"))) == ([], [])


def hire(session: Session, room: Room) -> list[Actor]:
    """Add HR partners who have nothing to do with the case."""
    people = [Person(external_id=f"hr-{number}", name=f"Partner {number}") for number in range(READERS)]
    session.add_all(people)
    session.flush()
    session.add_all([RoleGrant(person_id=each.id, role="hr", granted_at=room.now) for each in people])
    actors = [Actor(each.id, each.name, roles=frozenset({"hr"})) for each in people]
    session.commit()
    return actors


@pytest.mark.both_databases
def test_twenty_readers_at_once_get_a_number_each(session: Session, room: Room, settings: Settings) -> None:
    readers, engine, gate = hire(session, room), make_engine(settings), Barrier(READERS)

    def download(actor: Actor) -> tuple[int, str]:
        gate.wait()
        with Session(engine) as own:
            copy = take_copy(own, room.case_id, actor=actor, now=room.now)
            assert copy is not None
            own.commit()
            return copy.number, copy.name

    with ThreadPoolExecutor(READERS) as pool:
        taken = list(pool.map(download, readers))
    engine.dispose()
    assert sorted(number for number, _ in taken) == list(range(1, READERS + 1))
    assert [name for _, name in taken] == [each.name for each in readers]
    assert len(set(session.scalars(sa.select(PacketCopy.digest)))) == READERS
    assert len(told(session)) == READERS
    assert find_break(session) is None


def test_a_real_print_is_copied_whole(
    session: Session, now: datetime, run_jobs: Callable[[], int], settings: Settings
) -> None:
    room = sealed_room(session, now)
    run_jobs()
    session.expire_all()
    made = {key: take(room, key) for key in ("greta", "iris")}
    for copy in made.values():
        pdf = (settings.files_dir / copy.path).read_bytes()
        print_row = session.get_one(PacketFile, copy.file_id)
        receipt = verify_packet(pdf)
        assert (receipt.verdict, receipt.view, receipt.pages) == (Verdict.WHOLE, print_row.view, print_row.page_count)
        said = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
        line = f"Copy {copy.number} for {copy.name}, 16 November 2026, 10:00 CET"
        assert [words.count(line) for words in said] == [1] * receipt.pages
        assert [words.count("Copy ") for words in said] == [1] * receipt.pages
