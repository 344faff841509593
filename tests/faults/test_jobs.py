"""Background work: with the caller's transaction or not at all, once whatever happens, and again after kill -9."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue, run_inline
from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine
from review.models import Message, Person, PrintJob
from review.services import printing
from tests.faults import jobs_in_test
from tests.faults.processes import PATIENCE_SECONDS, running, wait_for
from tests.postgres import PostgresServer

JOBS = 24
WORKER = "tests.faults.worker_in_test"
assert jobs_in_test.note


def effects(session: Session) -> list[str]:
    """Return the effects that jobs had, one entry for each time."""
    found = sorted(session.scalars(sa.select(Message.key)))
    session.rollback()
    return found


@pytest.fixture
def anybody(session: Session) -> None:
    """Put the person into the directory to whom the effects are written."""
    session.add(Person(id=1, external_id="anybody", name="Anybody"))
    session.commit()


@pytest.mark.usefixtures("anybody")
def test_inline_jobs_run_after_the_commit_only(session: Session, now: datetime) -> None:
    enqueue(session, "note_plainly", "first", key="first")
    assert run_inline(session, now=now) == 0
    session.commit()
    assert run_inline(session, now=now) == 1
    assert effects(session) == ["first#0"]


@pytest.mark.usefixtures("anybody")
def test_inline_jobs_go_with_the_rollback(session: Session, now: datetime) -> None:
    enqueue(session, "note_plainly", "first", key="first")
    session.rollback()
    session.commit()
    assert run_inline(session, now=now) == 0


@pytest.mark.usefixtures("anybody")
def test_inline_jobs_compute_and_take_a_key_once(session: Session, now: datetime) -> None:
    for _ in range(2):
        enqueue(session, "note_computed", 7, key="seven")
        session.commit()
    assert run_inline(session, now=now) == 1
    assert effects(session) == ["computed-7-7#0"]


@pytest.mark.usefixtures("anybody")
def test_the_app_and_a_session_share_one_way_to_run(app: Flask, session: Session, run_jobs: Callable[[], int]) -> None:
    enqueue(session, "note_plainly", "first", key="first")
    assert run_jobs() == 1
    assert effects(session) == ["first#0"]


@pytest.mark.both_databases
@pytest.mark.usefixtures("anybody")
def test_nothing_is_lost_or_doubled_when_a_worker_is_killed(engine_session: Session, engine_settings: Settings) -> None:
    session = engine_session
    for number in range(JOBS):
        enqueue(session, "note_computed", number, key=f"job-{number}")
        enqueue(session, "note_computed", number, key=f"job-{number}")
    session.commit()
    enqueue(session, "note_plainly", "never", key="never")
    session.rollback()
    enqueue(session, "note_computed", -1, key="broken")
    session.commit()
    with running(engine_settings, WORKER) as first:
        wait_for(lambda: len(effects(session)) >= JOBS // 4, engine_settings)
        first.kill()
        first.wait(PATIENCE_SECONDS)
    done_before = len(effects(session))
    assert done_before < JOBS
    with running(engine_settings, WORKER):
        wait_for(lambda: len(effects(session)) >= JOBS + 1, engine_settings)
    expected = [f"computed-{number}-{number}#0" for number in range(JOBS)]
    assert effects(session) == sorted([*expected, "failed--1-True#0"])


@pytest.mark.usefixtures("anybody")
def test_a_job_in_parts_that_our_own_fault_breaks_off_is_noted(
    engine_session: Session, engine_settings: Settings
) -> None:
    """Or else whoever follows it would wait for ever."""
    enqueue(engine_session, "break_off_in_parts", "parts", key="parts")
    engine_session.commit()
    with running(engine_settings, WORKER):
        wait_for(lambda: effects(engine_session), engine_settings)
    assert effects(engine_session) == ["parts-ValueError#0"]


@pytest.mark.both_databases
@pytest.mark.usefixtures("anybody")
def test_other_workers_print_once_what_a_dead_one_left(
    engine_session: Session, engine_settings: Settings, now: datetime
) -> None:
    """Some are asked for twice: in a batch, and by somebody who cannot wait for it."""
    session, settings = engine_session, replace(engine_settings, render_processes=1)
    for number in range(JOBS):
        printing.ask(session, "note_print", number, share=f"committee-{number % 3}", now=now)
    session.commit()
    for number in range(0, JOBS, 4):
        printing.hurry(session, "note_print", number)
    session.commit()
    with running(settings, WORKER) as first, running(settings, WORKER), running(settings, WORKER):
        wait_for(lambda: len(effects(session)) >= 2, settings)
        first.kill()
        first.wait(PATIENCE_SECONDS)
        wait_for(lambda: len(effects(session)) >= JOBS, settings)
    assert effects(session) == sorted(f"print-{number}#0" for number in range(JOBS))
    assert session.scalars(sa.select(PrintJob.state)).all() == ["done"] * JOBS


def test_work_goes_on_after_the_database_was_away(settings: Settings) -> None:
    with PostgresServer() as server:
        chosen = replace(
            settings, database_url=server.url(server.create_database()), jobs=JobsMode.DBOS, render_processes=1
        )
        migrate_database(chosen)
        engine = make_engine(chosen)
        with Session(engine) as session, running(chosen, "tests.faults.supervised_in_test"):
            session.add(Person(id=1, external_id="anybody", name="Anybody"))
            enqueue(session, "note_plainly", "before", key="before")
            session.commit()
            wait_for(lambda: effects(session) == ["before#0"], chosen)
            server.stop()
            session.invalidate()
            server.start()
            enqueue(session, "note_plainly", "after", key="after")
            session.commit()
            wait_for(lambda: effects(session) == ["after#0", "before#0"], chosen)
        engine.dispose()
