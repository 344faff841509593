"""Erasure by two persons: afterwards no column, file or mail tells of the person, and others' cases stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.adapters.erasure_list import FILE_NAME, read_list
from review.adapters.spreadsheet import read_table
from review.config import Settings
from review.domain.canonical_json import digest
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, read_people
from review.models import (
    AuditEvent,
    Base,
    CheckIn,
    Conflict,
    Delegation,
    EmergencyAccess,
    Erasure,
    Evidence,
    Feedback,
    FeedbackAnswer,
    KeptView,
    Letter,
    Message,
    OptOut,
    Packet,
    PacketCopy,
    PacketFile,
    Person,
    PersonKey,
    RatingLine,
    SelfReview,
    SignInAttempt,
    Vote,
)
from review.queries.invariants import find_violations
from review.queries.packets import view_content
from review.queries.privacy_erasure import list_erasures
from review.services.audit import find_break
from review.services.people import apply_changes, deactivate, plan_import
from review.services.privacy_erasure import (
    approve_erasure,
    cancel_erasure,
    dry_run,
    erase_again,
    list_for_restore,
    propose_erasure,
)
from review.services.privacy_holds import end_hold, set_hold
from review.services.privacy_person import erase_rows
from review.services.sign_ins import open_sign_in
from tests.agreed_plan import agreed_plan, written_plan
from tests.committee_room import Room
from tests.conftest import Statements
from tests.factories import open_case_of
from tests.signed_in import Door, words
from tests.trail import details_where

OWN = "Canary-of-iris"
ERINS = "Canary-of-erin"


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return agreed_plan(written_plan(session, now))


def plant(room: Room, settings: Settings) -> None:
    """Put a canary into whatever Iris and Erin wrote, were told or are named in, in rows, files and mails."""
    session, iris = room.session, room.scene.id("iris")
    session.execute(sa.update(SelfReview).values(body=OWN))
    session.execute(sa.update(Evidence).values(title=OWN, links=[{"label": OWN, "url": "https://example.org"}]))
    session.execute(sa.update(Letter).values(body=f"Dear Iris Vance, {OWN}"))
    session.execute(sa.update(RatingLine).values(justification=f"Iris Vance did it, {OWN}"))
    session.execute(sa.update(Vote).values(reason=OWN))
    mine = sa.select(Feedback.id).where(Feedback.giver_id == room.scene.id("erin"))
    session.execute(sa.update(FeedbackAnswer).where(FeedbackAnswer.feedback_id.in_(mine)).values(done=ERINS))
    packet = session.scalars(sa.select(Packet)).one()
    packet.content = packet.content.replace('"did":"Seen."', f'"did":"{ERINS}"', 4)
    packet.digest = digest(packet.content.encode())
    by = {"written_by_id": iris, "written_at": room.now, "updated_at": room.now}
    line = {"item": 1, "activity": OWN, "words": "Erin Malik, erin@company.example, and Malik & Sons helped"}
    session.add(CheckIn(case_id=room.case_id, held_on=date(2026, 12, 1), lines=[line], next_on=None, **by))
    session.add(OptOut(cycle_id=room.scene.cycle_id, person_id=iris, reason=OWN, at=room.now))
    session.add(EmergencyAccess(code=OWN, person_id=iris, reason=OWN, asked_at=room.now))
    session.add(SignInAttempt(account="iris@company.example", address="192.0.2.1", at=room.now))
    days = {"from_on": date(2026, 1, 1), "until_on": date(2026, 1, 2), "created_by_id": iris, "created_at": room.now}
    session.add(Delegation(person_id=iris, delegate_id=room.scene.id("ben"), reason=OWN, **days))
    for number, file in enumerate(session.scalars(sa.select(PacketFile)).all()):
        file.state, file.path = "ready", f"packets/{room.case_id}/{number}.pdf"
        copy = {"packet_id": file.packet_id, "file_id": file.id, "number": number + 1, "source": "s", "zone": "UTC"}
        path = f"packets/{room.case_id}/copies/{number}.pdf"
        session.add(PacketCopy(person_id=iris, name="Iris Vance", made_at=room.now, path=path, digest="d", **copy))
    for path in (f"letters/{room.case_id}/a.pdf", f"reports/{room.scene.committee_id}/1-a.pdf"):
        _write(settings.files_dir / path)
    for path in session.scalars(sa.select(PacketFile.path).union_all(sa.select(PacketCopy.path))):
        _write(settings.files_dir / str(path))
    folder = Path(settings.mail.removeprefix("file:"))
    folder.mkdir()
    for key in ("iris", "otto", "erin"):
        mail = EmailMessage()
        mail["To"], mail["Subject"] = f"{key}@company.example", "Your case"
        mail.set_content("Näheres hinter dem Link.")
        (folder / f"{key}.eml").write_bytes(bytes(mail))
    session.commit()


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"Iris Vance, Erin Malik, " + OWN.encode())


def leave(room: Room, key: str) -> int:
    """Let somebody leave the company."""
    deactivate(room.session, room.scene.id(key), actor=room.actor("hanna"), now=room.now)
    room.session.commit()
    return room.scene.id(key)


def erase(room: Room, key: str) -> Erasure:
    """Let Hanna propose and Hugo approve."""
    number = propose_erasure(room.session, room.scene.id(key), "They ask", actor=room.actor("hanna"), now=room.now)
    assert number is not None
    approve_erasure(room.session, number, actor=room.actor("hugo"), now=room.now)
    room.session.commit()
    room.session.expire_all()
    return room.session.get_one(Erasure, number)


def find_in_rows(session: Session, *looked_for: str) -> set[str]:
    """Return the columns of every table in the database in which one of these stands."""
    tables = sa.MetaData()
    tables.reflect(session.connection())
    found = set()
    for table in tables.sorted_tables:
        for row in session.execute(sa.select(table)).mappings():
            for name, value in row.items():
                told = (
                    value if isinstance(value, bytes) else json.dumps(value, default=str, ensure_ascii=False).encode()
                )
                if any(each.lower().encode() in told.lower() for each in looked_for):
                    found.add(f"{table.name}.{name}")
    return found


def find_in_files(settings: Settings, *looked_for: str) -> list[str]:
    """Return the files below the files folder and the mail folder in which one of these stands."""
    folders = (settings.files_dir, Path(settings.mail.removeprefix("file:")))
    return sorted(
        path.name
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and any(each.encode() in path.read_bytes() for each in looked_for)
    )


@pytest.mark.both_databases
def test_a_candidate_is_gone_from_every_column_and_file(
    room: Room, session: Session, settings: Settings, client: FlaskClient
) -> None:
    plant(room, settings)
    told = ("Iris Vance", "iris@company.example", OWN)
    assert find_in_rows(session, *told) >= {
        "person.name",
        "packet.content",
        "vote.reason",
        "check_in.lines",
        "letter.body",
    }
    person_id = leave(room, "iris")
    done = erase(room, "iris")
    assert find_in_rows(session, *told) == set()
    assert find_in_files(settings, *told) == ["iris.eml"]  # mails go with the page or the command
    assert (done.counts["self_review"], done.counts["packet"], done.counts["packet_copy"]) == (4, 1, 3)
    person = session.get_one(Person, person_id)
    assert (person.name, person.email, person.manager_id) == ("A person who was erased", None, None)
    assert person.external_id.startswith("erased-")
    assert session.get_one(PersonKey, person_id).wrapped is None
    assert (find_break(session), find_violations(session)) == (None, [])
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq.desc()).limit(2)).all()
    assert kinds == ["erasure.done", "erasure.propose"]
    enter = Door(client, session, room.now, room.scene.company.ids).enter
    pages = ("", "/packet", "/letter", "/growth-plan")
    found = {path: enter("hanna").get(f"/cases/{room.case_id}{path}").status_code for path in pages}
    assert found == {"": 200, "/packet": 404, "/letter": 404, "/growth-plan": 200}
    assert "A person who was erased" in words(enter("hanna").get(f"/cases/{room.case_id}"))


@pytest.mark.both_databases
def test_somebody_elses_case_stays_readable_without_the_giver(room: Room, session: Session, settings: Settings) -> None:
    plant(room, settings)
    before = session.scalars(sa.select(Packet.digest)).one()
    leave(room, "erin")
    done = erase(room, "erin")
    assert find_in_rows(session, "Erin Malik", "erin@company.example", ERINS) == set()
    assert find_in_files(settings, "Erin Malik") == []
    lines = session.scalars(sa.select(CheckIn.lines)).one()
    someone = "A person who was erased"
    assert lines[0]["words"] == f"{someone}, {someone}, and Malik & Sons helped"
    packet = session.scalars(sa.select(Packet)).one()
    assert packet.digest == digest(packet.content.encode()) != before
    assert done.counts["packets_sealed_anew"] == 1
    givers = [each["giver"]["name"] for each in json.loads(packet.content)["feedback"] if each["giver"]]
    assert (len(givers), givers.count(someone)) == (3, 1)
    assert view_content(packet, "manager") != b""
    values = session.scalars(
        sa.select(FeedbackAnswer.value).join(Feedback).where(Feedback.giver_id == room.scene.id("erin"))
    )
    assert values.all() == [4, 4, 4, 4]
    assert find_violations(session) == []
    assert session.scalars(sa.select(SelfReview.body)).first() == OWN


def test_a_dry_run_tells_what_would_go_and_changes_nothing(room: Room, session: Session, settings: Settings) -> None:
    plant(room, settings)
    person_id = leave(room, "iris")
    rows = {table.name: session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables}
    told = dry_run(session, person_id, actor=room.actor("hanna"), now=room.now)
    session.expire_all()
    assert {table.name: session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables} == rows
    assert find_in_files(settings, OWN) == sorted(path.name for path in settings.files_dir.rglob("*") if path.is_file())
    assert erase(room, "iris").counts == told


def test_each_table_is_gone_through_once_for_the_cases_that_name_somebody(
    room: Room, session: Session, statements: Statements
) -> None:
    """The trail above all: it has columns of three people, and grows for ever."""
    person_id = leave(room, "iris")
    with statements() as issued:
        dry_run(session, person_id, actor=room.actor("hanna"), now=room.now)
    found = [words.split("FROM ")[1].split()[0] for words in issued if words.startswith("SELECT DISTINCT")]
    assert found.count("audit_event") == 1
    assert [table for table in found if found.count(table) > 1] == []


def test_it_takes_two_hr_partners_without_a_part(room: Room, session: Session) -> None:
    person_id = leave(room, "iris")
    hanna, hugo = room.actor("hanna"), room.actor("hugo")
    for key in ("greta", "abel", "ines", "iris"):
        with pytest.raises(NotFound):
            propose_erasure(session, person_id, "x", actor=room.actor(key), now=room.now)
    number = propose_erasure(session, person_id, "x", actor=hanna, now=room.now)
    assert number is not None
    with pytest.raises(NotAllowed, match="Somebody else"):
        approve_erasure(session, number, actor=hanna, now=room.now)
    with pytest.raises(TransitionRefused, match="proposed already"):
        propose_erasure(session, person_id, "x", actor=hugo, now=room.now)
    row = {"kind": "other", "reason": "x", "declared_by_id": hugo.person_id, "declared_at": room.now}
    conflict = Conflict(case_id=room.case_id, person_id=hugo.person_id, **row)
    session.add(conflict)
    session.flush()
    with pytest.raises(NotFound):
        approve_erasure(session, number, actor=hugo, now=room.now)
    session.delete(conflict)
    with pytest.raises(Invalid, match="Nothing says why"):
        cancel_erasure(session, number, " ", actor=hugo, now=room.now)
    cancel_erasure(session, number, "Her case may be looked at again", actor=hugo, now=room.now)
    with pytest.raises(TransitionRefused, match="answered this already"):
        approve_erasure(session, number, actor=hugo, now=room.now)
    assert session.get_one(Person, person_id).name == "Iris Vance"


def test_why_an_erasure_was_given_up_stands_on_its_page_and_goes_with_the_person(room: Room, session: Session) -> None:
    person_id, why, (hanna, hugo) = leave(room, "iris"), "Her case returns", map(room.actor, ("hanna", "hugo"))
    number = propose_erasure(session, person_id, "x", actor=hanna, now=room.now) or 0
    cancel_erasure(session, number, why, actor=hugo, now=room.now)
    (shown,) = list_erasures(session, hanna)
    assert (shown.cancelled_by, shown.cancelled_why) == ("Hugo Brandt", why)
    assert details_where(session, AuditEvent.kind == "erasure.cancel") == [{"erasure": number, "why": why}]
    mails = session.scalars(sa.select(Message).where(Message.template == "proposal_returned")).all()
    assert [mail.params for mail in mails] == [{"place": "erasures", "kind": "erasure", "id": number}]
    erase(room, "iris")
    session.expire_all()
    assert session.get_one(Erasure, number).cancelled_why == ""


def test_what_stands_against_it_is_told(room: Room, session: Session) -> None:
    hanna, iris = room.actor("hanna"), room.scene.id("iris")
    with pytest.raises(TransitionRefused, match="still here"):
        propose_erasure(session, iris, "x", actor=hanna, now=room.now)
    leave(room, "iris")
    number = propose_erasure(session, iris, "x", actor=hanna, now=room.now)
    set_hold(session, room.case.code, "A dispute", date(2036, 1, 1), actor=hanna, now=room.now)
    with pytest.raises(TransitionRefused, match=f"On legal hold: {room.case.code}"):
        approve_erasure(session, number or 0, actor=room.actor("hugo"), now=room.now)
    room.case.closed_at = None
    session.flush()
    with pytest.raises(TransitionRefused, match=f"still run: {room.case.code}"):
        approve_erasure(session, number or 0, actor=room.actor("hugo"), now=room.now)


@pytest.mark.both_databases
def test_a_case_on_hold_keeps_what_a_giver_wrote_in_it(room: Room, session: Session) -> None:
    """Whether it is held itself or somebody else in it; a case that one is part of is not named."""
    erin, until = leave(room, "erin"), date(2036, 1, 1)
    hanna, hugo = room.actor("hanna"), room.actor("hugo")
    told = []
    for about in (room.case.code, "greta@company.example"):
        number = set_hold(session, about, "A dispute", until, actor=hanna, now=room.now)
        with pytest.raises(TransitionRefused) as refused:
            propose_erasure(session, erin, "x", actor=hanna, now=room.now)
        told += map(str, refused.value.reasons)
        end_hold(session, number or 0, actor=hanna, now=room.now)
    set_hold(session, room.case.code, "A dispute", until, actor=hanna, now=room.now)
    row = {"kind": "dispute", "declared_by_id": hugo.person_id, "declared_at": room.now}
    session.add(Conflict(case_id=room.case_id, person_id=hugo.person_id, **row))
    session.flush()
    with pytest.raises(TransitionRefused) as refused:
        propose_erasure(session, erin, "x", actor=hugo, now=room.now)
    assert [*told, *map(str, refused.value.reasons)] == [
        f"On legal hold: {room.case.code}",
        f"On legal hold: {room.case.code}",
        "They have a part in a case on legal hold; another HR partner sees which",
    ]


def test_a_case_that_one_is_part_of_is_not_named_as_an_obstacle(room: Room, session: Session) -> None:
    leave(room, "erin")
    room.case.closed_at = None
    session.flush()
    with pytest.raises(TransitionRefused, match=f"still run: {room.case.code}$"):
        propose_erasure(session, room.scene.id("erin"), "x", actor=room.actor("hugo"), now=room.now)
    hugo = room.scene.id("hugo")
    session.add(
        Conflict(case_id=room.case_id, person_id=hugo, kind="dispute", declared_by_id=hugo, declared_at=room.now)
    )
    session.flush()
    with pytest.raises(TransitionRefused) as refused:
        propose_erasure(session, room.scene.id("erin"), "x", actor=room.actor("hugo"), now=room.now)
    assert [str(each) for each in refused.value.reasons] == [
        "They have a part in a case that still runs; another HR partner sees which"
    ]


@pytest.mark.both_databases
def test_somebody_of_the_same_name_stays_who_they_are(room: Room, session: Session, settings: Settings) -> None:
    """Where the one who goes has no part, the name is the other's; where they have one, it goes."""
    ben = session.get_one(Person, room.scene.id("ben"))
    ben.name = "Erin Malik"
    own = open_case_of(session, room.scene, "ben", "senior-pm", room.now)
    own.nomination_reason = "Erin Malik leads the team already"
    session.add(SelfReview(case_id=own.id, criterion_id="leadership", body="As Erin Malik I led", updated_at=room.now))
    room.case.nomination_reason = "Erin Malik saw it"
    sealed = Packet(case_id=own.id, number=1, content='{"name":"Erin Malik"}', digest=digest(b"{}"), sealed_at=room.now)
    session.add(sealed)
    session.get_one(Person, room.scene.id("cora")).name = "Erin Malik"
    both = open_case_of(session, room.scene, "cora", "senior-pm", room.now)
    both.closed_at, both.nomination_reason = room.now, "Erin Malik asked for it"
    erin = room.scene.id("erin")
    session.add(Conflict(case_id=both.id, person_id=erin, kind="other", declared_by_id=erin, declared_at=room.now))
    session.commit()
    leave(room, "erin")
    erase(room, "erin")
    session.commit()
    session.expire_all()
    assert session.get_one(Person, room.scene.id("ben")).name == "Erin Malik"
    assert own.nomination_reason == "Erin Malik leads the team already"
    assert session.scalars(sa.select(SelfReview.body).where(SelfReview.case_id == own.id)).all() == [
        "As Erin Malik I led"
    ]
    assert sealed.content == '{"name":"Erin Malik"}'
    assert (own.sought, both.sought) == ("2026a-002 erin malik pm product", "2026a-003 erin malik pm product")
    assert both.nomination_reason == "A person who was erased asked for it"
    assert room.case.nomination_reason == "A person who was erased saw it"


@pytest.mark.both_databases
def test_a_name_in_other_capitals_is_a_namesakes_too(room: Room, session: Session) -> None:
    session.get_one(Person, room.scene.id("ben")).name = "ERIN malik"
    own = open_case_of(session, room.scene, "ben", "senior-pm", room.now)
    own.nomination_reason = "Erin Malik leads the team already"
    leave(room, "erin")
    erase(room, "erin")
    session.expire_all()
    assert own.nomination_reason == "Erin Malik leads the team already"


@pytest.mark.both_databases
def test_a_name_goes_in_whatever_capitals_it_was_written(room: Room, session: Session) -> None:
    session.execute(sa.update(RatingLine).values(justification="ERIN MALIK did it 100%, says erin@COMPANY.example."))
    content = session.scalars(sa.select(Packet)).one().content
    session.execute(sa.update(Packet).values(content=content.replace('"did":"Seen."', '"did":"By erin malik."', 1)))
    session.execute(sa.update(Packet).values(digest=digest(session.scalars(sa.select(Packet.content)).one().encode())))
    leave(room, "erin")
    erase(room, "erin")
    kept = set(session.scalars(sa.select(RatingLine.justification)))
    nobody = "A person who was erased"
    assert kept == {f"{nobody} did it 100%, says {nobody}."}
    assert "erin malik" not in session.scalars(sa.select(Packet.content)).one()


@pytest.mark.both_databases
@pytest.mark.parametrize("written", ["élodie yilmaz", "ÉLODIE YILMAZ", "ÉLODIE YİLMAZ", "Élodie Yilmaz"])
def test_a_name_beyond_ascii_goes_in_whatever_capitals_it_was_written(
    room: Room, session: Session, written: str
) -> None:
    """In text, in lists, which the database keeps as JSON, and in packets; a longer name is somebody else's."""
    session.get_one(Person, room.scene.id("erin")).name = "Élodie Yilmaz"
    told = f"{written} did it, and {written}ova."
    session.execute(sa.update(RatingLine).values(justification=told))
    by = {"written_by_id": room.scene.id("iris"), "written_at": room.now, "updated_at": room.now}
    line = {"item": 1, "activity": "x", "words": told}
    session.add(CheckIn(case_id=room.case_id, held_on=date(2026, 12, 1), lines=[line], next_on=None, **by))
    own = open_case_of(session, room.scene, "ben", "senior-pm", room.now)
    own.closed_at, sealed = room.now, {"number": 1, "digest": digest(b"{}"), "sealed_at": room.now}
    session.add(Packet(case_id=own.id, content=json.dumps({"did": told}, ensure_ascii=False), **sealed))
    leave(room, "erin")
    erase(room, "erin")
    left = f"A person who was erased did it, and {written}ova."
    assert set(session.scalars(sa.select(RatingLine.justification))) == {left}
    assert [line["words"] for line in session.scalars(sa.select(CheckIn.lines)).one()] == [left]
    packet = session.scalars(sa.select(Packet).where(Packet.case_id == own.id)).one()
    assert packet.content == f'{{"did":"{left}"}}'
    assert packet.digest == digest(packet.content.encode())


@pytest.mark.both_databases
def test_lists_that_others_keep_of_a_person_go_with_them(room: Room, session: Session) -> None:
    """In an address a name is spelt as browsers do; two such lists of one HR partner may not get the same name."""
    about = ["words=%C3%89lodie+Yilmaz&sort=due", "words=%C3%A9lodie%20YILMAZ", "words=Yilmaz&owner=HR+partner"]
    for number, address in enumerate(about):
        of = {"person_id": room.scene.id("hugo"), "cycle_id": room.scene.cycle_id, "created_at": room.now}
        session.add(KeptView(name=f"List {number}", address=address, **of))
    for name in ("Élodie Yilmaz", "ÉLODIE YILMAZ"):
        session.add(KeptView(name=name, address="", **of))
    session.get_one(Person, room.scene.id("erin")).name = "Élodie Yilmaz"
    leave(room, "erin")
    assert erase(room, "erin").counts["kept_view"] == 4
    assert session.scalars(sa.select(KeptView.name)).all() == ["List 2"]


@pytest.mark.both_databases
def test_a_name_beyond_ascii_in_other_capitals_is_a_namesakes_too(room: Room, session: Session) -> None:
    """One that only looks alike to the database is nobody's: then the name goes everywhere."""
    erin, ben = (session.get_one(Person, room.scene.id(key)) for key in ("erin", "ben"))
    own = open_case_of(session, room.scene, "ben", "senior-pm", room.now)
    own.nomination_reason = kept = "Élodie Żak leads the team already"
    erin.name = "Élodie Żak"
    leave(room, "erin")
    left = {}
    for name in ("ÉLODIE ŻAK", "Élodie Żuk-Zak"):
        ben.name = name
        session.flush()
        with session.begin_nested() as tried:
            erase_rows(session, erin, has_files=False)
            session.expire_all()
            left[name] = own.nomination_reason
            tried.rollback()
        session.expire_all()
    assert left == {"ÉLODIE ŻAK": kept, "Élodie Żuk-Zak": "A person who was erased leads the team already"}


def test_nobody_comes_back_unseen(room: Room, session: Session) -> None:
    leave(room, "iris")
    erase(room, "iris")
    for line in ("iris,Iris Vance,new@company.example", "x-99,Iris Vance,iris@company.example"):
        read = read_people(
            read_table(f"external_id,name,email\n{line}\n".encode(), "people.csv"), {}, DateOrder.NOT_SAID
        )
        plan = plan_import(session, read, actor=room.actor("hanna"), now=room.now, scope=Scope.PART)
        assert (plan.changes, plan.faults) == ((), ())
        assert [str(note) for note in plan.notes][-1].startswith("Row 2 is left out: it names somebody who was erased")
        apply_changes(session, read, actor=room.actor("hanna"), now=room.now, scope=Scope.PART)
    assert session.scalars(sa.select(Person.id).where(Person.name == "Iris Vance")).all() == []


@pytest.mark.both_databases
def test_a_restored_place_erases_again(room: Room, session: Session, new_database: Callable[[], str]) -> None:
    """An older backup holds the person; the list kept beside it takes them out, and nobody who only has the number."""
    iris, listed = leave(room, "iris"), []
    session.commit()
    with session.begin_nested() as later:
        erase_number = propose_erasure(session, iris, "x", actor=room.actor("hanna"), now=room.now)
        approve_erasure(session, erase_number or 0, actor=room.actor("hugo"), now=room.now)
        listed = list_for_restore(session)
        later.rollback()
    session.expire_all()
    assert [set(each) for each in listed] == [{"person", "done_at", "marks"}]
    assert "iris" not in json.dumps(listed)
    assert session.get_one(Person, iris).name == "Iris Vance"
    other = [{**listed[0], "person": room.scene.id("otto")}]
    assert erase_again(session, other, now=room.now) == 0
    assert erase_again(session, listed, now=room.now) == 1
    assert erase_again(session, listed, now=room.now) == 0
    assert find_in_rows(session, "Iris Vance", "iris@company.example") == set()
    assert find_break(session) is None


def test_the_pages_propose_and_approve(
    room: Room, session: Session, settings: Settings, client: FlaskClient, app: Flask
) -> None:
    plant(room, settings)
    enter = Door(client, session, room.now, room.scene.company.ids).enter
    sent = {"person": "iris@company.example", "reason": "They ask"}
    refused = enter("hanna").post("/erasures", data=sent)
    assert (refused.status_code, "still here" in words(refused)) == (409, True)
    leave(room, "iris")
    assert enter("hanna").post("/erasures", data={"person": "nobody", "reason": "x"}).status_code == 422
    assert enter("hanna").post("/erasures", data=sent).status_code == 303
    number = session.scalars(sa.select(Erasure.id)).one()
    assert "Another HR partner approves what you proposed." in words(enter("hanna").get("/erasures"))
    assert enter("hanna").post(f"/erasures/{number}/approve").status_code == 403
    for key in ("greta", "abel", "ines", "noor"):
        gone = enter(key).get("/nothing-here").data
        assert (enter(key).get("/erasures").data == gone, enter(key).post("/erasures", data=sent).status_code) == (
            True,
            404,
        )
        assert enter(key).post(f"/erasures/{number}/approve").status_code == 404
    assert enter("hugo").post(f"/erasures/{number}/approve").status_code == 303
    session.expire_all()
    assert find_in_rows(session, "Iris Vance", "iris@company.example", OWN) == set()
    assert find_in_files(settings, "Iris Vance", "iris@company.example", OWN) == []
    assert [each["person"] for each in read_list(settings.var_dir / FILE_NAME)] == [room.scene.id("iris")]
    token = open_sign_in(session, room.scene.id("otto"), now=room.now)
    assert token
    assert session.scalars(sa.select(Message.id).where(Message.to_person_id == room.scene.id("iris"))).all() == []
