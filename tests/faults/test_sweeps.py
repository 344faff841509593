"""Sweeps of timers let others write: several at once beside somebody who saves, and locks that are not to be had."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bench.pages import found_company
from review.adapters.connections import Limits
from review.adapters.sweep_turn import take_turn
from review.config import Settings
from review.extensions import make_engine
from review.models import AuditEvent, Case, Message, Timer
from review.queries.cases import lock_case
from review.services.audit import find_break
from review.services.sweep import TimerSweep, fire_due_timers
from review.worker import fire_due
from tests.conftest import Statements
from tests.factories import open_case_of, open_scene
from tests.faults.processes import PATIENCE_SECONDS, start
from tests.signed_in import Door

SWEEPERS, CASES, TIMERS_A_CASE = 3, 16, 6
CANDIDATES = (("iris", "staff-pm"), ("ben", "senior-pm"))
LONG_AGO = datetime(2020, 1, 6, 9, 0, tzinfo=UTC)
TOLD = {"notify": ["candidate"], "template": "packet_reminder"}


def add_timers(session: Session, cases: list[int], count: int, due_at: datetime) -> int:
    rows = [
        Timer(case_id=case, place="packet", entry=2, what=f"{n}:notify:", n=1, spec=TOLD, due_at=due_at)
        for case in cases
        for n in range(count)
    ]
    session.add_all(rows)
    session.commit()
    return len(rows)


@pytest.mark.both_databases
def test_several_sweeps_and_somebody_who_saves_at_once(
    client: FlaskClient, session: Session, settings: Settings, now: datetime
) -> None:
    people, case = found_company(session, CASES)
    session.execute(sa.delete(Timer))
    timers = add_timers(session, list(session.scalars(sa.select(Case.id))), TIMERS_A_CASE, LONG_AGO)
    candidate = {"c0": people["c0"][0]}
    door, answers, place = Door(client, session, now, candidate).enter("c0"), list[int](), f"/cases/{case.id}"
    sweepers = [start(settings, "review.cli", "tick") for _ in range(SWEEPERS)]
    while any(each.poll() is None for each in sweepers):
        fields = {"self_review": f"Written {len(answers)}", "version": str(len(answers))}
        answers.append(door.post(f"{place}/self-review/leadership", data=fields).status_code)
    assert ([each.wait(PATIENCE_SECONDS) for each in sweepers], set(answers)) == ([0] * SWEEPERS, {303})
    session.expire_all()
    fired = session.scalars(sa.select(AuditEvent.seq).where(AuditEvent.kind == "timer.notify")).all()
    mails = session.scalars(sa.select(Message.id).where(Message.template == "packet_reminder")).all()
    left = session.scalars(sa.select(Timer.id).where(Timer.done_at.is_(None))).all()
    assert (len(fired), len(mails), left) == (timers, timers, [])
    assert find_break(session) is None
    if settings.is_sqlite:  # where all wait for one lock
        meanwhile = AuditEvent.kind == "self_review.draft", AuditEvent.seq.between(min(fired), max(fired))
        assert session.scalars(sa.select(AuditEvent.seq).where(*meanwhile)).all() != []


@pytest.fixture
def case(session: Session, now: datetime) -> Case:
    case = open_case_of(session, open_scene(session, now), "iris", "staff-pm", now)
    session.execute(sa.delete(Timer))
    return case


@pytest.mark.both_databases
def test_who_comes_while_another_sweeps_leaves_it_to_them(
    session: Session, engine: Engine, case: Case, now: datetime
) -> None:
    add_timers(session, [case.id], 2, now)
    with take_turn(engine) as connection:
        assert connection is not None
        assert fire_due(engine, now=now) == TimerSweep(0, frozenset())
    assert fire_due(engine, now=now) == TimerSweep(2, frozenset())


@contextmanager
def impatient(settings: Settings) -> Iterator[Engine]:
    """Give an engine of a process that waits for a lock as short as it can be told."""
    engine = make_engine(settings, Limits(kept=1, besides=2, lock=1))
    if settings.is_sqlite:
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=1"))
    yield engine
    engine.dispose()


@pytest.mark.both_databases
def test_timers_whose_case_stays_locked_wait_for_the_next_sweep(
    session: Session, settings: Settings, case: Case, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    add_timers(session, [case.id], 2, now)
    with impatient(settings) as engine:
        lock_case(session, case.id)
        assert fire_due(engine, now=now) == TimerSweep(0, frozenset())
        (said,) = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
        assert said.startswith("timers wait for the next sweep, as somebody else keeps what they need locked")
        session.rollback()
        assert fire_due(engine, now=now) == TimerSweep(2, frozenset())


def test_a_sweep_leaves_the_other_cases_to_the_next_transaction_when_its_time_is_over(
    session: Session, now: datetime
) -> None:
    scene = open_scene(session, now)
    cases = [open_case_of(session, scene, who, to, now).id for who, to in CANDIDATES]
    session.execute(sa.delete(Timer))
    add_timers(session, cases, 2, now)
    swept = [fire_due_timers(session, now=now, is_over=lambda: True).done for _ in range(3)]
    assert swept == [2, 2, 0]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_sweep_has_all_its_cases_before_it_writes_under_one(
    session: Session, now: datetime, statements: Statements
) -> None:
    scene = open_scene(session, now)
    cases = [open_case_of(session, scene, who, to, now).id for who, to in CANDIDATES]
    session.execute(sa.delete(Timer))
    add_timers(session, cases, 1, now)
    with statements() as issued:
        assert fire_due_timers(session, now=now).done == len(cases)
    locked = ["trail" if "audit_head" in sql else "case" for sql in issued if "FOR NO KEY UPDATE" in sql]
    assert (locked[0], locked.count("case")) == ("case", 1)
