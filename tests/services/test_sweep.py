"""What happens by itself: timers fire once, through the gate, case by case, and tell who holds the role then."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import AuditEvent, Case, Conflict, Feedback, Message, Person, Timer
from review.services.audit import find_break
from review.services.feedback import Proposal, propose_givers
from review.services.sweep import TimerSweep, fire_due_timers
from review.services.transitions import fire
from tests.factories import Scene, open_case_of
from tests.trail import detail_of


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    return case


def told(session: Session, template: str) -> set[int]:
    return set(session.scalars(sa.select(Message.to_person_id).where(Message.template == template)))


def ask(session: Session, scene: Scene, case: Case, now: datetime) -> Feedback:
    proposal = Proposal((scene.id("erin"),), "")
    return propose_givers(session, case.id, proposal, actor=scene.actor("iris"), now=now)[0]


def test_nothing_fires_before_its_time(session: Session, case: Case, now: datetime) -> None:
    first = session.scalar(sa.select(sa.func.min(Timer.due_at)))
    assert first is not None
    assert fire_due_timers(session, now=first - timedelta(seconds=1)).done == 0
    assert fire_due_timers(session, now=first).done == 1
    assert fire_due_timers(session, now=first).done == 0


def test_what_has_fired_takes_no_place_in_the_next_sweep(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    other = open_case_of(session, scene, "ben", "senior-pm", now)
    later = now + timedelta(days=400)
    swept = [fire_due_timers(session, now=later, limit=1).done > 0 for _ in range(3)]
    assert swept == [True, True, False]
    fired = sa.select(Timer.case_id).where(Timer.done_at == later).distinct()
    assert set(session.scalars(fired)) == {case.id, other.id}


def test_a_reminder_goes_to_who_holds_the_role_then(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    case.manager_id = scene.id("mats")
    session.get_one(Person, scene.id("hugo")).is_active = False
    session.add(
        Conflict(
            case_id=case.id,
            person_id=scene.id("hanna"),
            kind="dispute",
            reason="x",
            declared_by_id=scene.id("hanna"),
            declared_at=now,
        )
    )
    session.flush()
    fire_due_timers(session, now=now + timedelta(days=40))
    assert told(session, "gate_not_met") == {scene.id("mats")}
    assert told(session, "packet_reminder") == {scene.id("iris")}
    assert told(session, "escalate_gate") == set()


def test_a_timer_that_got_the_number_of_a_removed_one_tells_too(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    fire_due_timers(session, now=now + timedelta(days=40))
    fired = session.scalars(sa.select(Timer).where(Timer.done_at.is_not(None))).all()
    repeats = [timer for timer in fired if timer.spec.get("template") == "packet_reminder"]
    last = max(repeats, key=lambda timer: timer.n)  # of several that are due at once only this one tells
    kept = {name: getattr(last, name) for name in ("id", "case_id", "place", "entry", "what", "n", "spec")}
    session.delete(last)
    session.flush()
    session.add(Timer(**kept, due_at=now + timedelta(days=50)))
    session.flush()
    fire_due_timers(session, now=now + timedelta(days=51))
    told_by_it = sa.select(Message.to_person_id).where(Message.key.startswith(f"timer-{kept['id']}-"))
    assert session.scalars(told_by_it).all() == [scene.id("iris")] * 2


def test_silence_approves_a_request(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    row = ask(session, scene, case, now)
    assert row.due_at is not None
    fire_due_timers(session, now=row.due_at)
    session.refresh(row)
    assert row.state == "asked"
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "feedback.approve_by_silence")).one()
    assert event.actor_id is None


def test_what_is_refused_is_done_with_and_says_why(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    row = ask(session, scene, case, now)
    session.get_one(Person, scene.id("erin")).is_active = False
    session.flush()
    assert row.due_at is not None
    fire_due_timers(session, now=row.due_at)
    session.refresh(row)
    assert row.state == "proposed"
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "timer.refused")).one()
    assert (event.case_id, detail_of(session, event)["why"]) == (case.id, "TransitionRefused")
    assert fire_due_timers(session, now=row.due_at).done == 0


def test_one_case_that_is_refused_does_not_stop_another(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    other = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, other.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    bad, good = (
        ask(session, scene, case, now),
        propose_givers(session, other.id, Proposal((scene.id("dev"),), ""), actor=scene.actor("ben"), now=now)[0],
    )
    session.get_one(Person, scene.id("erin")).is_active = False
    session.flush()
    assert bad.due_at is not None
    fire_due_timers(session, now=bad.due_at)
    session.refresh(bad)
    session.refresh(good)
    assert (bad.state, good.state) == ("proposed", "asked")


@pytest.mark.both_databases
def test_one_that_fails_is_undone_logged_and_still_due(
    session: Session, case: Case, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    later = now + timedelta(days=40)
    due = session.scalars(sa.select(Timer).where(Timer.due_at <= later).order_by(Timer.place, Timer.what)).all()
    broken = [timer for timer in due if timer.spec.get("template") == "gate_not_met"]
    for timer in broken:
        timer.spec = {**timer.spec, "template": None}  # the database refuses such a mail
    session.commit()
    failed = frozenset(timer.id for timer in broken)
    assert fire_due_timers(session, now=later) == TimerSweep(len(due) - len(broken), failed)
    session.commit()
    assert set(session.scalars(sa.select(Timer.id).where(Timer.done_at.is_(None), Timer.due_at <= later))) == failed
    assert told(session, "packet_reminder") == {case.candidate_id}
    lines = [f"timer {broken[-1].id} of case {case.id} failed; the next sweep tries it again"]
    assert [record.getMessage() for record in caplog.records] == lines
    errors = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert [isinstance(each, sa.exc.StatementError) and each.hide_parameters for each in errors] == [True]
    assert find_break(session) is None
    for timer in broken:
        timer.spec = {**timer.spec, "template": "gate_not_met"}
    assert fire_due_timers(session, now=later) == TimerSweep(len(broken), frozenset())
    assert told(session, "gate_not_met") == {case.manager_id}


def test_a_timer_of_a_state_that_another_has_just_left_is_gone(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    row = ask(session, scene, case, now)
    assert row.due_at is not None
    first = session.scalars(
        sa.select(Timer).where(Timer.place == f"feedback:{row.id}", Timer.what.like("%:fire:%"))
    ).one()
    session.add(
        Timer(
            case_id=case.id,
            place=first.place,
            entry=first.entry,
            what="9:notify:overdue",
            n=1,
            spec={"notify": ["manager"], "template": "overdue"},
            due_at=first.due_at,
        )
    )
    session.flush()
    assert fire_due_timers(session, now=row.due_at) == TimerSweep(1, frozenset())
    assert told(session, "overdue") == set()


def test_each_reminder_is_one_mail(session: Session, case: Case, now: datetime) -> None:
    for days in range(41):
        fire_due_timers(session, now=now + timedelta(days=days))
    reminders = session.scalars(sa.select(Message.key).where(Message.template == "packet_reminder")).all()
    assert (len(reminders), len(set(reminders))) == (3, 3)


def test_a_case_that_has_ended_is_left_alone(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    fire(session, case.id, "withdraw", actor=scene.actor("iris"), now=now)
    assert fire_due_timers(session, now=now + timedelta(days=400)).done == 0
