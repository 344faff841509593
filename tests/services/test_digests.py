"""Digests: one mail a day to each person, on a working morning, with only what they may still know of."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import make_mailer
from review.config import Settings
from review.models import Case, Message, Person
from review.services.digests import PART, gather_digests, gather_in_parts
from review.services.feedback import Proposal, propose_givers
from review.services.messages import LEASE, claim_due, enqueue_message, open_due
from review.services.transitions import fire
from review.worker import Outcome, send_due
from tests.factories import Scene, open_case_of, open_scene

NEXT_MORNING = timedelta(hours=22)  # 8 o'clock in Berlin on the day after `now`


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    return open_scene(session, now)


@pytest.fixture
def cases(session: Session, scene: Scene, now: datetime) -> list[Case]:
    """Open two cases of one manager and forget the mails about it."""
    opened = [
        open_case_of(session, scene, key, level, now) for key, level in (("iris", "staff-pm"), ("ben", "senior-pm"))
    ]
    for case in opened:
        fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.execute(sa.delete(Message))
    session.commit()
    return opened


def tell(session: Session, scene: Scene, case: Case, template: str, now: datetime, to: str = "greta") -> str:
    key = f"{template}-{case.id}-{to}"
    enqueue_message(session, key=key, to_person_id=scene.id(to), template=template, case_id=case.id, now=now)
    session.commit()
    return key


def bodies(settings: Settings) -> list[str]:
    return [path.read_text() for path in Path(settings.mail.removeprefix("file:")).glob("*.eml")]


@pytest.mark.both_databases
def test_one_mail_a_day_for_all_that_is_not_urgent(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    mailer, morning = make_mailer(settings), now + NEXT_MORNING
    for case in cases:
        tell(session, scene, case, "escalate_feedback", now)
    tell(session, scene, cases[0], "notify_parties", now + timedelta(hours=1))
    assert send_due(engine, mailer, settings, now=morning - timedelta(seconds=1)) == {}
    assert send_due(engine, mailer, settings, now=morning) == {Outcome.SENT: 1}
    assert send_due(engine, mailer, settings, now=morning + timedelta(days=3)) == {}
    [body] = bodies(settings)
    assert "Subject: 3 things for you to see\n" in body
    links = re.findall(r":  http://localhost/cases/(\d+)", body)
    assert links == [str(cases[0].id), str(cases[1].id), str(cases[0].id)]
    assert set(session.scalars(sa.select(Message.sent_at))) == {morning}


@pytest.mark.both_databases
def test_who_missed_the_morning_waits_for_the_next_one(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    mailer = make_mailer(settings)
    friday = now + timedelta(days=(4 - now.weekday()) % 7)
    monday = friday + timedelta(days=2) + NEXT_MORNING  # 8 o'clock in Berlin
    tell(session, scene, cases[0], "escalate_feedback", friday - timedelta(days=1))
    for moment in (friday + timedelta(days=1), friday + timedelta(days=2), monday - timedelta(hours=5)):
        assert send_due(engine, mailer, settings, now=moment) == {}
    assert send_due(engine, mailer, settings, now=monday) == {Outcome.SENT: 1}


def test_a_digest_that_could_not_be_sent_is_not_tried_again_on_a_day_off(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    friday = now + timedelta(days=(4 - now.weekday()) % 7)
    saturday, monday = friday + timedelta(days=1), friday + timedelta(days=2) + NEXT_MORNING
    tell(session, scene, cases[0], "escalate_feedback", friday - timedelta(days=1))
    tell(session, scene, cases[0], "gate_not_met", saturday)
    assert gather_digests(session, zone="UTC", now=friday) == 1
    session.commit()  # dies before it sends
    mailer = make_mailer(settings)
    assert send_due(engine, mailer, settings, now=saturday) == {Outcome.SENT: 1}
    assert session.scalar(sa.select(Message.due_at).where(Message.template == "digest")) == monday
    session.commit()
    assert send_due(engine, mailer, settings, now=monday) == {Outcome.SENT: 1}


def test_a_case_that_moves_on_twice_before_the_morning_is_told_of_once(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    def tell_again(template: str, case: Case, number: int) -> None:
        about = {"to_person_id": scene.id("greta"), "template": template, "case_id": case.id, "now": now}
        enqueue_message(session, key=f"{template}-{case.id}-{number}", **about)
        session.commit()

    for number in range(3):
        tell_again("notify_parties", cases[0], number)
    tell_again("notify_parties", cases[1], 0)
    for number in range(2):
        tell_again("feedback_declined", cases[0], number)
    assert send_due(engine, make_mailer(settings), settings, now=now + NEXT_MORNING) == {Outcome.SENT: 1}
    [body] = bodies(settings)
    assert "Subject: 4 things for you to see\n" in body
    said = [line for line in body.splitlines() if line.startswith("* ")]
    assert said == ["* A case has moved on"] * 2 + ["* Somebody cannot give feedback"] * 2


def test_what_is_urgent_goes_at_once(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    for template in ("gate_not_met", "letter_released_to_report", "escalate_feedback"):
        tell(session, scene, cases[0], template, now)
    assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.SENT: 2}


def test_a_single_line_stays_the_mail_that_it_is(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    tell(session, scene, cases[0], "escalate_feedback", now)
    assert send_due(engine, make_mailer(settings), settings, now=now + NEXT_MORNING) == {Outcome.SENT: 1}
    [body] = bodies(settings)
    assert "Subject: Feedback is late\n" in body


def test_a_line_disappears_with_the_right_to_it(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    tell(session, scene, cases[0], "escalate_feedback", now)
    gone = tell(session, scene, cases[1], "escalate_packet", now)
    cases[1].manager_id = scene.id("mats")
    session.get_one(Person, scene.id("ben")).manager_id = scene.id("mats")
    session.commit()
    session.execute(sa.text("DELETE FROM employment WHERE person_id = :ben"), {"ben": scene.id("ben")})
    session.commit()
    assert send_due(engine, make_mailer(settings), settings, now=now + NEXT_MORNING) == {Outcome.SENT: 1}
    assert session.scalars(sa.select(Message.key).where(Message.dropped_at.is_not(None))).all() == [gone]
    [body] = bodies(settings)
    assert "Ben Ito" not in body


def test_an_empty_digest_is_not_sent(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    for case in cases:
        tell(session, scene, case, "notify_parties", now, to="otto")
    assert send_due(engine, make_mailer(settings), settings, now=now + NEXT_MORNING) == {Outcome.DROPPED: 1}
    assert bodies(settings) == []


@pytest.mark.both_databases
def test_a_sender_that_dies_loses_and_doubles_no_line(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    morning = now + NEXT_MORNING
    for case in cases:
        tell(session, scene, case, "escalate_feedback", now)
    assert gather_digests(session, zone="UTC", now=morning) == 1
    session.rollback()  # dies while gathering
    assert gather_digests(session, zone="UTC", now=morning) == 1
    session.commit()  # dies after gathering
    with Session(engine) as other:
        assert gather_digests(other, zone="UTC", now=morning) == 0
    [number] = claim_due(session, now=morning)
    session.commit()  # dies with the claim
    late = tell(session, scene, cases[0], "escalate_packet", morning - timedelta(minutes=1))
    mailer = make_mailer(settings)
    assert send_due(engine, mailer, settings, now=morning + LEASE - timedelta(seconds=1)) == {}
    assert send_due(engine, mailer, settings, now=morning + LEASE) == {Outcome.SENT: 1}
    sent = session.scalars(sa.select(Message.id).where(Message.digest_id == number, Message.sent_at.is_not(None)))
    assert len(sent.all()) == 2
    session.commit()
    assert send_due(engine, mailer, settings, now=morning + timedelta(days=1)) == {Outcome.SENT: 1}
    assert session.scalar(sa.select(Message.sent_at).where(Message.key == late)) == morning + timedelta(days=1)
    assert len(bodies(settings)) == 2


def test_the_lines_of_a_digest_are_in_the_order_of_what_happened(
    session: Session, scene: Scene, cases: list[Case], now: datetime
) -> None:
    keys = [tell(session, scene, case, "escalate_feedback", now) for case in reversed(cases)]
    gather_digests(session, zone="UTC", now=now + NEXT_MORNING)
    [number] = claim_due(session, now=now + NEXT_MORNING)
    due = open_due(session, number, now=now + NEXT_MORNING)
    assert due is not None
    assert [line.key for line in due.lines] == keys


def test_a_mail_about_a_request_gives_the_day_of_the_request(
    session: Session, scene: Scene, cases: list[Case], now: datetime
) -> None:
    proposal = Proposal((scene.id("erin"),))
    [row] = propose_givers(session, cases[0].id, proposal, actor=scene.actor("hanna"), now=now)
    number = session.scalars(sa.select(Message.id).where(Message.template == "notify_giver")).one()
    due = open_due(session, number, now=now)
    assert due is not None
    assert due.subject.due_on == date(2026, 11, 23)
    assert row.due_at is not None
    late = open_due(session, number, now=row.due_at)
    assert late is not None
    assert late.subject.due_on is None


def test_quiet_hours_hold_mail_until_they_end(
    session: Session, engine: Engine, scene: Scene, cases: list[Case], settings: Settings, now: datetime
) -> None:
    greta = session.get_one(Person, scene.id("greta"))
    greta.zone, greta.quiet_from, greta.quiet_until = "America/New_York", 20, 9
    tell(session, scene, cases[0], "gate_not_met", now)
    enqueue_message(session, key="reset", to_person_id=greta.id, template="password_reset", case_id=None, now=now)
    session.commit()
    mailer, end = make_mailer(settings), now + timedelta(hours=5)  # 9 o'clock in New York
    assert send_due(engine, mailer, settings, now=now) == {Outcome.SENT: 1}
    assert session.scalar(sa.select(Message.due_at).where(Message.template == "gate_not_met")) == end
    session.commit()
    assert send_due(engine, mailer, settings, now=end - timedelta(seconds=1)) == {}
    assert send_due(engine, mailer, settings, now=end) == {Outcome.SENT: 1}


@pytest.mark.both_databases
def test_a_gatherer_that_dies_between_two_parts_leaves_the_other_readers_to_the_next(
    session: Session, cases: list[Case], now: datetime
) -> None:
    morning = now + NEXT_MORNING
    readers = [Person(external_id=f"r{n}", name=f"Reader {n}", email=f"r{n}@example.org") for n in range(PART + 2)]
    session.add_all(readers)
    session.flush()
    for person in readers:
        for n, case in enumerate(cases):
            key, template = f"{person.id}-{n}", "escalate_feedback"
            enqueue_message(session, key=key, to_person_id=person.id, template=template, case_id=case.id, now=now)
    session.commit()
    assert next(gather_in_parts(session, zone="UTC", now=morning)) == PART
    session.commit()
    assert list(gather_in_parts(session, zone="UTC", now=morning)) == [2]
    lines = session.execute(
        sa.select(Message.to_person_id, Message.digest_id, sa.func.count())
        .where(Message.digest_id.is_not(None))
        .group_by(Message.to_person_id, Message.digest_id)
        .order_by(Message.to_person_id)
    ).all()
    digests = session.execute(sa.select(Message.to_person_id, Message.id).where(Message.template == "digest"))
    number = dict(digests.all())
    assert [tuple(row) for row in lines] == [(person.id, number[person.id], len(cases)) for person in readers]
