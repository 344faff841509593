"""The report of a committee's session: what is in it for whom, field by field, and that it is made for one reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.pdf_text import read_pages
from review.config import Settings
from review.domain.errors import NotFound, TransitionRefused
from review.domain.session_sheet import SessionSheet, SheetGap
from review.models import AuditEvent, CommitteeMember, Person
from review.queries.session_report import load_session_report
from review.services.consent import Confirmed, confirm_together
from review.services.meetings import move_on
from review.services.session_reports import request_report
from tests.after_decision import CANARY, MISSING, another_decided, change, conclude, decided_room, make_ready, release
from tests.committee_room import Room, built_room, sealed_room
from tests.factories import open_scene


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Give a case that was on, whose leadership rating was changed, decided as "not yet" with a gap."""
    room = sealed_room(session, now)
    votes = {"clara": "promote", "mika": "not_yet", "jonas": "not_yet", "aya": "not_yet"}
    room.reveal(votes)
    move_on(session, room.scene.committee_id, room.case_id, "", version=0, actor=room.actor("clara"), now=now)
    change(room, "leadership", 2)
    conclude(room, "decide_not_yet")
    return room


def forget_packets(room: Room) -> None:
    """Leave the packets that the case waits for unprinted."""
    room.session.commit()
    room.session.get_bind().get_execution_options()["jobs"].ready.clear()


def move_under(room: Room, key: str, manager: str) -> None:
    """Give somebody another manager, who may know nothing of the committee's work on their case from now on."""
    room.session.get_one(Person, room.scene.id(key)).manager_id = room.scene.id(manager)
    room.session.commit()


def report(room: Room, key: str) -> SessionSheet:
    return load_session_report(room.session, room.scene.committee_id, room.actor(key))


@pytest.mark.both_databases
def test_it_holds_what_the_committee_decided_and_how(room: Room, now: datetime) -> None:
    sheet = report(room, "clara")
    (case,) = sheet.cases
    assert (sheet.reader, sheet.quorum, sheet.open) == ("Clara Boateng", 3, ())
    assert [(one.name, one.role) for one in sheet.members][:2] == [("Aya Sato", "member"), ("Clara Boateng", "chair")]
    assert (case.candidate, case.outcome, case.on_at, case.is_together) == ("Iris Vance", "not_yet", now, False)
    assert (case.split, case.reasons) == ((1, 3, 0), CANARY)
    assert [(one.counts, one.unable) for one in case.tallies] == [((0, 0, 0, 4, 0), 0)] * 4
    assert (case.present, case.out) == (("Aya Sato", "Clara Boateng", "Jonas Weber", "Mika Saar"), ())
    assert [(one.criterion, one.before, one.value, one.code, one.who) for one in case.changes] == [
        ("Leadership", 4, 2, "weaker", "Clara Boateng")
    ]
    sentence = case.gaps[0].sentence
    assert (case.gaps, bool(sentence)) == (
        (SheetGap("Cross-functionality", sentence, MISSING, date(2027, 6, 30)),),
        True,
    )


@pytest.mark.parametrize("key", ["omar", "mika", "iris", "greta", "vera", "noor", "petra", "abel", "ines", "erin"])
def test_only_chair_and_hr_have_one(room: Room, key: str) -> None:
    with pytest.raises(NotFound):
        report(room, key)
    with pytest.raises(NotFound):
        request_report(room.session, room.scene.committee_id, actor=room.actor(key), now=room.now)


def test_there_is_none_of_no_committee(room: Room) -> None:
    with pytest.raises(NotFound):
        load_session_report(room.session, 999, room.actor("hanna"))


def test_a_case_that_the_reader_is_out_of_is_nowhere_in_it(room: Room) -> None:
    another_decided(room, "ben", "senior-pm", "decide_promote")
    assert [case.candidate for case in report(room, "clara").cases] == ["Iris Vance", "Ben Ito"]
    move_under(room, "ben", "clara")
    move_under(room, "iris", "hugo")
    assert [case.candidate for case in report(room, "clara").cases] == ["Iris Vance"]
    assert "Ben Ito" not in repr(report(room, "clara"))
    assert [case.candidate for case in report(room, "hugo").cases] == ["Ben Ito"]
    above_hugo = report(room, "hanna").cases
    assert [(case.candidate, case.out) for case in above_hugo] == [("Ben Ito", ("Clara Boateng",))]


def test_sealed_votes_are_not_in_it(room: Room, session: Session, now: datetime) -> None:
    other = built_room(session, room.scene, now, key="ben", to_level="senior-pm")
    other.fire("seal", "hanna")
    other.open_voting()
    other.vote("mika", "defer")
    session.commit()
    for key in ("clara", "hanna"):
        sheet = report(room, key)
        assert [(one.candidate, len(sheet.cases)) for one in sheet.open] == [("Ben Ito", 1)]
        assert "defer" not in repr(sheet)


def test_what_a_candidate_withdrew_is_not_in_it(room: Room, session: Session) -> None:
    other = another_decided(room, "ben", "senior-pm", "decide_not_yet")
    other.fire("withdraw", "ben", "Not now")
    session.commit()
    assert [case.candidate for case in report(room, "hanna").cases] == ["Iris Vance"]
    assert report(room, "hanna").open == ()


def test_what_was_decided_together_says_so_and_keeps_its_place(room: Room, session: Session, now: datetime) -> None:
    other = built_room(session, room.scene, now, key="ben", to_level="senior-pm")
    other.fire("seal", "hanna")
    other.reveal()
    given = {other.case_id: Confirmed("promote", "Shown.")}
    assert confirm_together(session, room.scene.committee_id, given, actor=room.actor("clara"), now=now) == 1
    session.commit()
    told = [(case.candidate, case.is_together, case.split) for case in report(room, "clara").cases]
    assert told == [("Iris Vance", False, (1, 3, 0)), ("Ben Ito", True, (5, 0, 0))]


def test_it_stays_after_the_announcement(room: Room) -> None:
    before = report(room, "hanna").cases[0]
    make_ready(room)
    release(room)
    after = report(room, "hanna").cases[0]
    assert (after.split, after.reasons, after.gaps) == (before.split, before.reasons, before.gaps)
    assert after.state != before.state


def test_it_takes_no_more_statements_for_more_cases(room: Room, statements: Callable[[], Any]) -> None:
    room.session.commit()
    report(room, "hanna")
    with statements() as few:
        report(room, "hanna")
    another_decided(room, "ben", "senior-pm", "decide_not_yet")
    report(room, "hanna")
    with statements() as many:
        report(room, "hanna")
    assert len(few) == len(many)


def test_a_report_is_printed_for_one_reader(
    room: Room, session: Session, settings: Settings, run_jobs: Callable[[], int], now: datetime
) -> None:
    forget_packets(room)
    paths = {
        key: request_report(session, room.scene.committee_id, actor=room.actor(key), now=now, request_key=f"k-{key}")
        for key in ("clara", "hanna", "clara")
    }
    assert run_jobs() == 2
    pages = {}
    for key, path in paths.items():
        with pikepdf.open(BytesIO((Path(settings.files_dir) / path).read_bytes())) as file:
            pages[key] = "".join(read_pages(file)).replace("\u200b", "")
    assert ("For Clara Boateng" in pages["clara"], "For Hanna Ruiz" in pages["hanna"]) == (True, True)
    for words in (CANARY, MISSING, "Iris Vance", "1 promote, 3 not yet", "Only one of three is theirs: leadership."):
        assert words.replace(" ", "") in pages["clara"].replace(" ", "")
    kept = sa.select(AuditEvent.kind, AuditEvent.actor_id).where(AuditEvent.kind.like("report.%"))
    told = [tuple(row) for row in session.execute(kept.order_by(AuditEvent.seq))]
    clara, hanna = (room.scene.id(key) for key in ("clara", "hanna"))
    assert told == [("report.ask", clara), ("report.ask", hanna), ("report.made", None), ("report.made", None)]


def test_who_came_to_be_out_of_it_meanwhile_is_not_given_it(
    session: Session, settings: Settings, run_jobs: Callable[[], int], now: datetime
) -> None:
    room = decided_room(session, now)
    forget_packets(room)
    path = request_report(session, room.scene.committee_id, actor=room.actor("clara"), now=now)
    move_under(room, "iris", "clara")
    run_jobs()
    assert not (Path(settings.files_dir) / path).exists()
    (file,) = Path(settings.files_dir).glob("reports/**/*.pdf")
    with pikepdf.open(file) as pdf:
        told = "".join(read_pages(pdf)).replace("\u200b", "").replace(" ", "")
    assert ("Nothingisdecidedyet." in told, "IrisVance" in told) == (True, False)


def test_there_is_nothing_to_print_before_a_decision(session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    with pytest.raises(TransitionRefused, match="Nothing is decided yet"):
        request_report(session, scene.committee_id, actor=scene.actor("hanna"), now=now)
    chair = sa.select(CommitteeMember.person_id).where(CommitteeMember.role == "chair")
    assert session.scalars(chair).one() == scene.id("clara")
    assert load_session_report(session, scene.committee_id, scene.actor("clara")).cases == ()
