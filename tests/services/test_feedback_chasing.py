"""Following up requests: a reminder a day, a later day with its timers, the one named in somebody's place."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import make_mailer
from review.config import Settings
from review.domain.chasing import Step
from review.domain.errors import NotFound, TransitionRefused
from review.domain.feedback_request import UPWARD
from review.models import AuditEvent, Case, Feedback, Message, Timer
from review.queries.chasing import ChaseBoard, ChaseFilter, load_board
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import Decline, decline, move_own
from review.services.feedback_chasing import extend, plan_step, remind, replace, take_step
from review.services.sweep import fire_due_timers
from review.services.transitions import fire
from review.worker import Outcome, send_due
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.trail import details_where

LATER = date(2026, 12, 9)


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    ask(session, scene, case, now, "erin", "dev", "lena")
    session.commit()
    return case


def ask(session: Session, scene: Scene, case: Case, now: datetime, *keys: str) -> tuple[Feedback, ...]:
    proposal = Proposal(tuple(scene.id(key) for key in keys))
    return propose_givers(session, case.id, proposal, actor=scene.actor("hanna"), now=now)


def request(session: Session, scene: Scene, key: str) -> Feedback:
    return session.scalars(sa.select(Feedback).where(Feedback.giver_id == scene.id(key))).one()


def load(session: Session, scene: Scene, now: datetime, by: str = "hanna", **wanted: object) -> ChaseBoard:
    narrowed = ChaseFilter(**wanted)  # type: ignore[arg-type]
    return load_board(session, scene.cycle_id, scene.actor(by), narrowed, now=now)


def givers(board: ChaseBoard) -> list[str]:
    return [row.giver for row in board.rows]


def test_the_board_shows_state_and_days_late(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    erin = request(session, scene, "erin")
    move_own(session, case.id, erin.id, "accept", actor=scene.actor("erin"), now=now)
    later = now + timedelta(days=10)  # asked until 23 November, writing until the 30th
    rows = load(session, scene, later).rows
    assert [(row.giver, row.state, row.days_late) for row in rows] == [
        ("Dev Banerjee", "asked", 3),
        ("Lena Fuchs", "asked", 3),
        ("Erin Malik", "writing", 0),
    ]
    assert givers(load(session, scene, later, is_late=True)) == ["Dev Banerjee", "Lena Fuchs"]
    assert givers(load(session, scene, later, state="writing")) == ["Erin Malik"]
    assert givers(load(session, scene, later, function="Data")) == ["Lena Fuchs"]
    assert givers(load(session, scene, later, sort="giver")) == ["Dev Banerjee", "Erin Malik", "Lena Fuchs"]
    assert load(session, scene, later).late == 2


@pytest.mark.both_databases
def test_a_later_day_that_was_given_stays_with_the_yes(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    """Who has read that there is time until then does not lose it by accepting; a day that is sooner gives way."""
    for key, until in (("erin", date(2026, 12, 9)), ("dev", date(2026, 11, 25))):
        row = request(session, scene, key)
        extend(session, case.id, row.id, until, actor=scene.actor("hanna"), now=now)
        move_own(session, case.id, row.id, "accept", actor=scene.actor(key), now=now)
    move_own(session, case.id, request(session, scene, "lena").id, "accept", actor=scene.actor("lena"), now=now)
    rows = load(session, scene, now).rows
    assert [(row.giver, row.state, row.due_on) for row in rows] == [
        ("Dev Banerjee", "writing", date(2026, 11, 30)),
        ("Lena Fuchs", "writing", date(2026, 11, 30)),
        ("Erin Malik", "writing", date(2026, 12, 9)),
    ]
    late = sa.select(Timer.due_at).where(Timer.place == f"feedback:{request(session, scene, 'erin').id}")
    assert min(session.scalars(late.where(Timer.what.contains("escalate"))).all()).date() == date(2026, 12, 11)


def test_nobody_but_hr_sees_the_board(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    for key in ("ben", "greta", "erin", "abel", "ines", "clara"):
        with pytest.raises(NotFound):
            load(session, scene, now, by=key)


def test_hr_with_a_part_in_the_case_sees_nothing_of_it(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    ask(session, scene, case, now, "hugo")
    assert givers(load(session, scene, now, by="hugo")) == []
    with pytest.raises(NotFound):
        remind(session, case.id, request(session, scene, "erin").id, actor=scene.actor("hugo"), now=now)


def test_direct_reports_are_not_on_the_board(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    erin = request(session, scene, "erin")
    erin.kind = UPWARD
    session.flush()
    assert givers(load(session, scene, now)) == ["Dev Banerjee", "Lena Fuchs"]
    with pytest.raises(NotFound):
        remind(session, case.id, erin.id, actor=scene.actor("hanna"), now=now)


def test_one_reminder_at_a_time_and_a_day(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    row, hanna = request(session, scene, "erin"), scene.actor("hanna")
    remind(session, case.id, row.id, actor=hanna, now=now)
    assert [row.giver for row in load(session, scene, now).rows if row.is_reminded_today] == ["Erin Malik"]
    morning, reminder = now + timedelta(hours=22), sa.select(Message).where(Message.template == "feedback_nudge")
    for at in (now + timedelta(hours=13), morning):  # it goes with the mail of the next morning, at 8 o'clock in Berlin
        with pytest.raises(TransitionRefused, match="Reminded today already"):
            remind(session, case.id, row.id, actor=hanna, now=at)
    session.scalars(reminder).one().sent_at = morning
    with pytest.raises(TransitionRefused, match="Reminded today already"):
        remind(session, case.id, row.id, actor=hanna, now=morning + timedelta(hours=15))
    remind(session, case.id, row.id, actor=hanna, now=morning + timedelta(hours=16))  # midnight in Berlin has passed
    assert [mail.to_person_id for mail in session.scalars(reminder)] == [scene.id("erin")] * 2
    kinds = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind == "feedback.remind")).all()
    assert kinds == ["feedback.remind"] * 2


def test_a_reminder_of_a_timer_counts_as_one(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    row = request(session, scene, "erin")
    assert row.due_at is not None
    while fire_due_timers(session, now=row.due_at).done:
        pass
    assert {row.giver for row in load(session, scene, row.due_at).rows if row.is_reminded_today} == {
        "Erin Malik",
        "Dev Banerjee",
        "Lena Fuchs",
    }
    with pytest.raises(TransitionRefused, match="Reminded today already"):
        remind(session, case.id, row.id, actor=scene.actor("hanna"), now=row.due_at)


def test_a_giver_is_told_of_the_new_day_while_it_counts(
    session: Session, engine: Engine, scene: Scene, case: Case, settings: Settings, now: datetime
) -> None:
    hanna, morning = scene.actor("hanna"), now + timedelta(hours=22)
    send_due(engine, make_mailer(settings), settings, now=morning)
    for key in ("erin", "dev", "lena"):
        remind(session, case.id, request(session, scene, key).id, actor=hanna, now=morning)
        extend(session, case.id, request(session, scene, key).id, LATER, actor=hanna, now=morning)
    extend(session, case.id, request(session, scene, "erin").id, date(2026, 12, 10), actor=hanna, now=morning)
    decline(
        session,
        case.id,
        request(session, scene, "dev").id,
        Decline("no_time", ""),
        actor=scene.actor("dev"),
        now=morning,
    )
    session.commit()
    told_of_the_no = 2
    outcomes = send_due(engine, make_mailer(settings), settings, now=morning + timedelta(days=1))
    assert outcomes == {Outcome.SENT: 2 + told_of_the_no, Outcome.DROPPED: 1}
    told = {}
    for path in Path(settings.mail.removeprefix("file:")).glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if mail["Subject"] == "You have more time for your feedback":
            told[mail["To"]] = re.findall(r"due\s+on\s+(.*?)\.", str(mail.get_body(("plain",))))
    assert told == {
        "erin@company.example": ["Thursday 10 December"],
        "lena@company.example": ["Wednesday 9 December"],
    }


def test_a_later_day_moves_what_counts_from_it(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    row = request(session, scene, "erin")
    first_day = row.due_at
    assert first_day is not None
    while fire_due_timers(session, now=first_day).done:
        pass
    extend(session, case.id, row.id, LATER, actor=scene.actor("hanna"), now=first_day)
    timers = session.execute(
        sa.select(Timer.what, Timer.n, Timer.due_at)
        .where(Timer.place == f"feedback:{row.id}", Timer.done_at.is_(None))
        .order_by(Timer.due_at)
    ).all()
    end = datetime.fromisoformat("2026-12-09T22:59:59+00:00")
    assert row.due_at == end
    assert [tuple(timer) for timer in timers] == [
        ("0:notify:answer_request", 2, end),
        ("0:notify:answer_request", 3, end + timedelta(days=2)),
        ("1:notify:escalate_feedback", 1, end + timedelta(days=7)),
        ("2:fire:expire", 1, end + timedelta(days=14)),
    ]
    assert details_where(session, AuditEvent.kind == "feedback.extend") == [{"until": "2026-12-09"}]


@pytest.mark.parametrize(
    ("until", "why"),
    [
        (None, "Choose a day"),
        (date(2026, 11, 23), "The new day must be later"),
        (date(2026, 12, 12), "Feedback in this cycle ends on 2026-12-11"),
    ],
)
def test_a_day_that_cannot_be_given(
    session: Session, scene: Scene, case: Case, now: datetime, until: date | None, why: str
) -> None:
    with pytest.raises(TransitionRefused, match=why):
        extend(session, case.id, request(session, scene, "erin").id, until, actor=scene.actor("hanna"), now=now)


def test_the_one_who_was_named_is_asked_instead(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    row, hanna = request(session, scene, "erin"), scene.actor("hanna")
    with pytest.raises(TransitionRefused, match="Still asked"):
        replace(session, case.id, row.id, actor=hanna, now=now)
    decline(session, case.id, row.id, Decline("no_time", "", "Mika Saar"), actor=scene.actor("erin"), now=now)
    replace(session, case.id, row.id, actor=hanna, now=now)
    assert request(session, scene, "mika").state == "asked"


@pytest.mark.both_databases
def test_many_at_once_as_the_trial_said(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    hanna = scene.actor("hanna")
    remind(session, case.id, request(session, scene, "dev").id, actor=hanna, now=now)
    board = load(session, scene, now, page=0)
    planned = [(each.row.giver, str(each.obstacle)) for each in plan_step(board, Step.REMIND, None)]
    done = take_step(session, board.rows, Step.REMIND, until=None, actor=hanna, now=now, request_key="k")
    assert [(each.row.giver, str(each.obstacle)) for each in done] == planned
    assert sorted(planned) == [
        ("Dev Banerjee", "Reminded today already"),
        ("Erin Malik", "None"),
        ("Lena Fuchs", "None"),
    ]
    assert take_step(session, board.rows, Step.REMIND, until=None, actor=hanna, now=now, request_key="k") == ()
    reminders = sa.select(sa.func.count()).where(Message.template == "feedback_nudge")
    assert session.scalar(reminders) == 3


@pytest.mark.both_databases
def test_a_thousand_requests_take_no_more_statements(
    session: Session, scene: Scene, case: Case, now: datetime, statements: Statements
) -> None:
    with statements() as few:
        assert load(session, scene, now).total == 3
    givers_from = max(session.scalars(sa.text("SELECT id FROM person")))
    values = [
        {"external_id": f"x{n}", "name": f"Giver {n:04}", "function": "Data", "version": 1, "title": ""}
        for n in range(997)
    ]
    from review.models import Person

    session.execute(sa.insert(Person), values)
    session.execute(
        sa.insert(Feedback),
        [
            {
                "case_id": case.id,
                "giver_id": givers_from + 1 + n,
                "function": "Data",
                "state": "asked",
                "entered_at": now,
                "due_at": now,
            }
            for n in range(997)
        ],
    )
    session.flush()
    with statements() as many:
        board = load(session, scene, now + timedelta(days=3), page=0)
    assert (board.total, len(board.rows), board.late) == (1000, 1000, 997)
    assert len(many) == len(few)


@pytest.mark.both_databases
def test_every_case_is_locked_before_anything_is_written_under_the_first(
    session: Session, scene: Scene, case: Case, now: datetime, statements: Statements
) -> None:
    """Else somebody who has the trail's end and wants a case could wait for who has that case and wants the end."""
    other = open_case_of(session, scene, "cora", "senior-pm", now)
    fire(session, other.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    ask(session, scene, other, now, "sam")
    session.commit()
    rows = load(session, scene, now, page=0).rows
    with statements() as told:
        take_step(session, rows, Step.REMIND, until=None, actor=scene.actor("hanna"), now=now)
    locked = [n for n, each in enumerate(told) if 'ORDER BY "case".id' in each and '"case".id IN' in each]
    written = [n for n, each in enumerate(told) if "INSERT INTO audit_event" in each]
    assert {row.case_id for row in rows} == {case.id, other.id}
    assert (len(locked), locked[0] < written[0]) == (1, True)
