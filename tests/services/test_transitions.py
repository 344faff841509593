"""Moves of a case: what they write, who may make them, and what happens when two are made at once."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import AuditEvent, Case, CaseNote, CaseToken, Timer
from review.services.audit import find_break
from review.services.cycles import move_date
from review.services.sweep import fire_due_timers
from review.services.transitions import fire
from tests.factories import DATES, open_case_of
from tests.trail import detail_of

COLLECTING = {
    "main": "collecting",
    "packet": "writing",
    "feedback": "asking",
    "rating": "first_view",
    "second_rating": "to_assign",
}


@pytest.fixture
def case(session, scene, now):
    return open_case_of(session, scene, "iris", "staff-pm", now)


def tokens(session, case_id):
    rows = session.execute(sa.select(CaseToken.region, CaseToken.state).where(CaseToken.case_id == case_id))
    return {row.region: row.state for row in rows}


def kinds(session, case_id):
    return list(
        session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.case_id == case_id).order_by(AuditEvent.seq))
    )


@pytest.mark.both_databases
def test_a_move_writes_tokens_due_dates_timers_and_one_event(session, scene, case, now):
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    assert tokens(session, case.id) == COLLECTING
    assert (case.state, case.phase, case.outcome, case.closed_at) == ("collecting", "collecting", None, None)
    due = dict(session.execute(sa.select(CaseToken.region, CaseToken.due_at)).all())
    assert {region: at.date() if at else None for region, at in due.items()} == {
        "main": DATES["feedback_deadline"],
        "packet": DATES["packet_deadline"],
        "feedback": None,
        "rating": None,
        "second_rating": None,
    }
    places = sorted(session.scalars(sa.select(Timer.place)))
    assert places == ["main", "main", "packet", "packet", "packet", "packet"]
    assert kinds(session, case.id) == ["case.open", "case.confirm_eligible"]
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "case.confirm_eligible")).one()
    assert detail_of(session, event) == {"before": {"main": "nominated"}, "after": COLLECTING}
    assert find_break(session) is None


def test_who_may_not_is_told_so_and_nothing_is_written(session, scene, case, now):
    with pytest.raises(NotAllowed) as refused:
        fire(session, case.id, "confirm_eligible", actor=scene.actor("greta"), now=now)
    assert [str(reason) for reason in refused.value.reasons] == ["Only for: HR partner who runs the cycle"]
    assert refused.value.is_known is True
    session.rollback()
    assert tokens(session, case.id) == {"main": "nominated"}


@pytest.mark.parametrize("key", ["otto", "clara", "erin", "noor", "abel"])
def test_who_may_not_know_of_it_meets_nothing(session, scene, case, now, key):
    with pytest.raises(NotFound):
        fire(session, case.id, "confirm_eligible", actor=scene.actor(key), now=now)


def test_what_is_not_ready_says_what_is_missing(session, scene, case, now):
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    with pytest.raises(TransitionRefused) as refused:
        fire(session, case.id, "submit_packet", actor=scene.actor("iris"), now=now)
    names = "Hard skills, Cross-functionality, Leadership, Accountability"
    assert [str(reason) for reason in refused.value.reasons] == [
        f"Nothing is written yet on: {names}",
        f"No evidence yet for: {names}",
    ]


def test_a_required_note_is_asked_for_and_kept(session, scene, case, now):
    with pytest.raises(Invalid) as refused:
        fire(session, case.id, "reject_nomination", actor=scene.actor("hanna"), now=now, note="  ")
    assert [fault.field for fault in refused.value.faults] == ["note"]
    fire(session, case.id, "reject_nomination", actor=scene.actor("hanna"), now=now, note=" Too early. ")
    note = session.scalars(sa.select(CaseNote)).one()
    assert (note.action, note.phase, note.author_id, note.body) == (
        "reject_nomination",
        "draft",
        scene.id("hanna"),
        "Too early.",
    )
    assert (case.outcome, case.closed_at) == ("ineligible", now)


@pytest.mark.both_databases
def test_one_form_takes_effect_once(session, scene, case, now):
    hanna = scene.actor("hanna")
    first = fire(session, case.id, "confirm_eligible", actor=hanna, now=now, request_key="form-1")
    again = fire(session, case.id, "confirm_eligible", actor=hanna, now=now, request_key="form-1")
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert kinds(session, case.id) == ["case.open", "case.confirm_eligible"]


@pytest.mark.both_databases
def test_of_two_people_at_once_one_wins(engine, session, scene, case, now):
    barrier, results, number = threading.Barrier(2), {}, case.id
    actors = {key: scene.actor(key) for key in ("hanna", "hugo")}
    session.commit()

    def decide(key, action, note):
        with Session(engine) as own:
            barrier.wait()
            try:
                fire(own, number, action, actor=actors[key], now=now, note=note)
                own.commit()
                results[action] = "done"
            except TransitionRefused as refused:
                results[action] = str(refused)

    moves = [("hanna", "confirm_eligible", ""), ("hugo", "reject_nomination", "Too early.")]
    threads = [threading.Thread(target=decide, args=move) for move in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(results.values()).count("done") == 1
    session.expire_all()
    moved = [kind for kind in kinds(session, number) if kind != "case.open"]
    winner = next(action for action, result in results.items() if result == "done")
    assert moved == [f"case.{winner}"]
    loser = next(result for result in results.values() if result != "done")
    assert "is not possible at this step" in loser


def test_a_delegate_acts_on_behalf_of_the_manager(session, scene, case, now):
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    delegate = Actor(scene.id("ravi"), "Ravi Menon", delegators={scene.id("hanna"): frozenset({"hr"})})
    fire(session, case.id, "waive_second_rating", actor=delegate, now=now, note="Nobody is free.")
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "case.waive_second_rating")).one()
    assert (event.actor_id, event.on_behalf_of_id) == (scene.id("ravi"), scene.id("hanna"))


@pytest.mark.both_databases
def test_timers_fire_once_and_missed_repeats_collapse(session, scene, case, now):
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    later = now + timedelta(days=60)
    assert fire_due_timers(session, now=later).done == 6
    session.commit()
    assert fire_due_timers(session, now=later).done == 0
    told = [
        detail_of(session, event)["what"]
        for event in session.scalars(
            sa.select(AuditEvent).where(AuditEvent.kind == "timer.notify").order_by(AuditEvent.seq)
        )
    ]
    assert told == [
        "0:notify:gate_not_met",
        "1:notify:escalate_gate",
        "0:notify:packet_reminder",
        "1:notify:escalate_packet",
    ]


def test_leaving_a_state_takes_its_timers_along(session, scene, case, now):
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    fire(session, case.id, "withdraw", actor=scene.actor("iris"), now=now)
    assert session.scalar(sa.select(sa.func.count()).select_from(Timer)) == 0
    assert (case.state, case.outcome, case.phase) == ("withdrawn", "withdrawn", "closed")


def test_a_date_that_moves_takes_what_is_due_along(session, scene, case, now):
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    later = DATES["packet_deadline"] + timedelta(days=3)
    touched = move_date(session, scene.cycle_id, "packet_deadline", later, actor=scene.actor("hanna"), now=now)
    assert touched == 1
    due_at = session.scalar(sa.select(CaseToken.due_at).where(CaseToken.region == "packet"))
    assert due_at.date() == later
    assert session.scalar(sa.select(Case.state)) == "collecting"
