"""The outbox: one mail a key, claimed for a while, and nothing to whom may no longer know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import MailNotSent, make_mailer
from review.config import Settings
from review.models import CaseToken, Conflict, Message, Person, RoleGrant
from review.services.messages import LEASE, claim_due, enqueue_message, gathered
from review.services.ratings import RatingDraft, assign_second_rater, lock_round, save_line
from review.services.transitions import fire
from review.worker import Outcome, send_due
from tests.committee_room import CRITERIA, built_room, sealed_room
from tests.factories import open_scene


@pytest.fixture
def carla(session: Session) -> Person:
    """Put a person with an address into the directory."""
    person = Person(external_id="carla", name="Carla O'Neil", email="carla@example.org")
    session.add(person)
    session.commit()
    return person


def ask(session: Session, person: Person, now: datetime, key: str = "a") -> None:
    """Write a mail of no case to somebody."""
    enqueue_message(session, key=key, to_person_id=person.id, template="password_reset", case_id=None, now=now)
    session.commit()


def mails(settings: Settings) -> list[EmailMessage]:
    """Return the mails that were written to files."""
    folder = Path(settings.mail.removeprefix("file:"))
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


class FailingMailer:
    """A mail server that answers 451."""

    def send(self, mail: EmailMessage) -> None:
        """Refuse the mail for now."""
        raise MailNotSent("451 try again later")


@pytest.mark.both_databases
def test_the_same_key_twice_is_one_mail(session: Session, carla: Person, now: datetime) -> None:
    ask(session, carla, now)
    ask(session, carla, now + timedelta(days=1))
    assert session.scalars(sa.select(Message.created_at)).all() == [now]


def test_a_mail_goes_with_the_rollback(session: Session, carla: Person, now: datetime) -> None:
    enqueue_message(session, key="a", to_person_id=carla.id, template="password_reset", case_id=None, now=now)
    session.rollback()
    assert session.scalars(sa.select(Message.key)).all() == []


def test_a_mail_is_sent_once(
    session: Session, engine: Engine, carla: Person, settings: Settings, now: datetime
) -> None:
    ask(session, carla, now)
    mailer = make_mailer(settings)
    assert send_due(engine, mailer, settings, now=now) == {Outcome.SENT: 1}
    assert send_due(engine, mailer, settings, now=now + timedelta(days=1)) == {}
    [mail] = mails(settings)
    assert (mail["To"], mail["Subject"]) == ("carla@example.org", "Your password was set anew")
    assert session.scalar(sa.select(Message.sent_at)) == now


def test_a_mail_waits_until_it_is_due(
    session: Session, engine: Engine, carla: Person, settings: Settings, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    enqueue_message(
        session, key="a", to_person_id=carla.id, template="password_reset", case_id=None, now=now, due_at=later
    )
    session.commit()
    mailer = make_mailer(settings)
    assert send_due(engine, mailer, settings, now=later - timedelta(seconds=1)) == {}
    assert send_due(engine, mailer, settings, now=later) == {Outcome.SENT: 1}


def test_nothing_goes_to_somebody_who_has_left(
    session: Session, engine: Engine, carla: Person, settings: Settings, now: datetime
) -> None:
    ask(session, carla, now)
    carla.is_active = False
    session.commit()
    assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.DROPPED: 1}
    assert session.scalar(sa.select(Message.dropped_at)) == now
    assert mails(settings) == []


def test_a_refused_mail_is_tried_again_less_and_less_often(
    session: Session, engine: Engine, carla: Person, settings: Settings, now: datetime
) -> None:
    ask(session, carla, now)
    pauses = []
    for _ in range(9):
        assert send_due(engine, FailingMailer(), settings, now=now) == {Outcome.FAILED: 1}
        due = session.scalar(sa.select(Message.due_at))
        session.rollback()
        assert due is not None
        pauses.append(int((due - now).total_seconds() // 60))
        now = due
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.SENT: 1}
    assert session.scalar(sa.select(Message.last_error)) is None


@pytest.mark.both_databases
def test_a_dead_senders_mail_goes_out_after_the_lease(
    session: Session, engine: Engine, carla: Person, settings: Settings, now: datetime
) -> None:
    ask(session, carla, now)
    assert len(claim_due(session, now=now)) == 1
    session.commit()
    mailer = make_mailer(settings)
    assert send_due(engine, mailer, settings, now=now + LEASE - timedelta(seconds=1)) == {}
    assert send_due(engine, mailer, settings, now=now + LEASE) == {Outcome.SENT: 1}


def test_an_unknown_mail_is_kept_with_its_error(
    session: Session, engine: Engine, carla: Person, settings: Settings, now: datetime
) -> None:
    enqueue_message(session, key="a", to_person_id=carla.id, template="no_such_mail", case_id=None, now=now)
    session.commit()
    assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.FAILED: 1}
    error = session.scalar(sa.select(Message.last_error)) or ""
    assert error.startswith("NoSuchMail: there is no mail no_such_mail")


def test_a_company_may_name_itself(
    session: Session, engine: Engine, carla: Person, settings: Settings, now: datetime
) -> None:
    ask(session, carla, now)
    chosen = replace(settings, company="Tarnfield & Sons")
    send_due(engine, make_mailer(chosen), chosen, now=now)
    [mail] = mails(settings)
    page = mail.get_body(("html",))
    assert page is not None
    assert "Tarnfield &amp; Sons" in page.get_content()


def test_a_conflict_declared_late_stops_the_mail(
    session: Session, engine: Engine, settings: Settings, now: datetime
) -> None:
    room = sealed_room(session, now)
    session.execute(sa.delete(Message))
    for key in ("mika", "jonas"):
        enqueue_message(
            session, key=key, to_person_id=room.scene.id(key), template="please_read", case_id=room.case_id, now=now
        )
    conflict = Conflict(
        case_id=room.case_id,
        person_id=room.scene.id("mika"),
        kind="close_personal",
        declared_by_id=room.scene.id("mika"),
    )
    conflict.declared_at = now
    session.add(conflict)
    session.commit()
    then = now + timedelta(days=1)
    assert send_due(engine, make_mailer(settings), settings, now=then) == {Outcome.SENT: 1, Outcome.DROPPED: 1}
    dropped = sa.select(Message.key).where(Message.dropped_at.is_not(None), Message.case_id == room.case_id)
    assert session.scalars(dropped).all() == ["mika"]


@pytest.mark.parametrize("answer", ["rated", "replaced", "waits"])
def test_a_second_rater_who_has_rated_or_was_replaced_is_not_asked_any_more(
    session: Session, engine: Engine, settings: Settings, now: datetime, answer: str
) -> None:
    room = built_room(session, open_scene(session, now), now)
    session.execute(sa.update(CaseToken).where(CaseToken.region == "second_rating").values(state="to_assign"))
    session.execute(sa.delete(Message))
    assign_second_rater(session, room.case_id, room.scene.id("ravi"), actor=room.actor("hanna"), now=now)
    if answer == "rated":
        draft, ravi = RatingDraft(4, False, "Shown.", anchors=(room.evidence(),)), room.actor("ravi")
        for criterion in CRITERIA:
            save_line(session, room.case_id, "second", criterion, draft, version=0, actor=ravi, now=now)
        lock_round(session, room.case_id, "second", actor=ravi, now=now)
    elif answer == "replaced":
        fire(session, room.case_id, "replace_second_rater", actor=room.actor("hanna"), now=now, note="Away.")
        session.add(RoleGrant(person_id=room.scene.id("ravi"), role="hr", granted_at=now))
    session.commit()
    sent = Outcome.SENT if answer == "waits" else Outcome.DROPPED
    assert send_due(engine, make_mailer(settings), settings, now=now + timedelta(days=1)) == {sent: 1}
    assert [mail["To"] for mail in mails(settings)] == (["ravi@company.example"] if answer == "waits" else [])


def test_an_address_that_no_header_can_hold_stops_nobody_else(
    session: Session, engine: Engine, carla: Person, settings: Settings, now: datetime
) -> None:
    broken = Person(external_id="broken", name="Broken", email="a\nBcc: b@example.org")
    session.add(broken)
    session.commit()
    ask(session, broken, now, "broken")
    ask(session, carla, now, "whole")
    outcomes = send_due(engine, make_mailer(settings), settings, now=now)
    assert outcomes == {Outcome.SENT: 1, Outcome.FAILED: 1}
    assert [mail["To"] for mail in mails(settings)] == ["carla@example.org"]


def test_gathered_mails_are_written_together_in_their_order_and_a_key_once(session, carla, now, statements):
    with statements() as issued, gathered(session):
        for key in ("c", "a", "b", "a"):
            enqueue_message(session, key=key, to_person_id=carla.id, template="notify_parties", case_id=None, now=now)
    session.commit()
    keys = session.scalars(sa.select(Message.key).order_by(Message.id)).all()
    assert (keys, sum("INSERT INTO message" in each for each in issued)) == (["c", "a", "b"], 1)


def test_nothing_gathered_before_an_error_is_written_and_the_next_mail_is_at_once(session, carla, now):
    def break_off() -> None:
        with gathered(session):
            enqueue_message(session, key="a", to_person_id=carla.id, template="notify_parties", case_id=None, now=now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    ask(session, carla, now, "b")
    assert session.scalars(sa.select(Message.key)).all() == ["b"]
