"""A backup taken while people write is one moment; what is restored from it mails nobody again and revives no link."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session

from review import create_app
from review.adapters.backup_database import READ_ONLY, allow_writing, change_writing
from review.adapters.jobs import enqueue
from review.adapters.mail import make_mailer
from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.domain.access import SYSTEM
from review.extensions import db, make_engine
from review.models import AuditEvent, Base, InviteLink, Message, Person, SignIn, Timer
from review.services import audit
from review.services.messages import claim_due, enqueue_message
from review.services.restored import HELD_BACK, MadeSafe, make_safe
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from review.worker import sweep
from tests.backup_room import back_up, mail_server, make_place, run, told
from tests.factories import open_case_of, open_scene
from tests.faults import jobs_in_test
from tests.faults.processes import PATIENCE_SECONDS, running, wait_for
from tests.outsider import collecting, open_link
from tests.trail import detail_of, details_where

JOBS = 12
WORKER = "tests.faults.worker_in_test"
assert jobs_in_test.note
WRITERS = 3
BEFORE = 12
CHANGED = {"message", "sign_in", "invite_link", "timer", "audit_event", "audit_head"}


class Acknowledged:
    """What writers were told is kept, and when enough is."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.lock = threading.Lock()
        self.is_enough = threading.Event()
        self.stopped = threading.Event()

    def add(self, key: str) -> None:
        """Note a row whose commit came back."""
        with self.lock:
            self.keys.add(key)
            if len(self.keys) >= BEFORE:
                self.is_enough.set()


@pytest.fixture
def place(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Return an empty place with the keys that it will have."""
    return make_place(settings, tmp_path / "elsewhere", request)


def write(settings: Settings, writer: int, known: Acknowledged, now: datetime) -> None:
    """Write people one after the other, each with an event in the same transaction, until told to stop."""
    engine, number = make_engine(settings), 0
    try:
        with Session(engine) as session:
            while not known.stopped.is_set():
                key, number = f"{writer}-{number}", number + 1
                session.add(Person(external_id=key, name=key))
                audit.record(session, "test.write", actor=SYSTEM, now=now, detail={"key": key})
                session.commit()
                known.add(key)
    finally:
        known.is_enough.set()  # a writer that fails keeps nobody waiting
        engine.dispose()


@pytest.mark.both_databases
def test_a_backup_under_writers_is_one_moment(
    settings: Settings, place: Settings, now: datetime, tmp_path: Path
) -> None:
    known = Acknowledged()
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, settings, writer, known, now) for writer in range(WRITERS)]
        try:
            assert known.is_enough.wait(PATIENCE_SECONDS)
            with known.lock:
                before = set(known.keys)
            result = back_up(settings, tmp_path / "busy.tar")
        finally:
            known.stopped.set()
        for each in writing:
            each.result(120)
    assert result.exit_code == 0, result.output
    assert len(before) >= BEFORE
    told(run(place, "restore", tmp_path / "busy.tar", "--json"))
    engine = make_engine(place)
    with Session(engine) as session:
        people = set(session.scalars(sa.select(Person.external_id)))
        events = details_where(session, AuditEvent.kind == "test.write")
        assert before - people == set()
        assert {detail["key"] for detail in events} == people
        assert audit.find_break(session) is None
    engine.dispose()


def ask(settings: Settings, path: str, token: str, now: datetime) -> tuple[int, int]:
    """Return the statuses of a link's page and of the home page of somebody signed in."""
    app = create_app(settings)
    app.extensions["clock"] = lambda: now
    with app.test_client() as client:
        link = client.get(path).status_code
        with client.session_transaction() as cookie:
            cookie[TOKEN], cookie[SEEN] = token, int(now.timestamp())
        home = client.get("/").status_code
    with app.app_context():
        db.engine.dispose()
    return link, home


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every table that making a place safe leaves alone."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
            if table.name not in CHANGED
        }


@pytest.mark.both_databases
def test_what_is_restored_mails_nobody_again_and_opens_no_door(
    settings: Settings, session: Session, engine: Engine, place: Settings, now: datetime, tmp_path: Path
) -> None:
    scene = open_scene(session, now)
    case = collecting(session, scene, now)
    link = open_link(session, engine, scene, case, settings, now)
    token = open_sign_in(session, scene.id("hanna"), now=now)
    waiting = {"to_person_id": scene.id("ben"), "template": "gate_not_met", "case_id": case.id}
    for key in ("now", "later"):
        enqueue_message(session, key=key, now=now, due_at=now + timedelta(days=key == "later"), **waiting)
    session.commit()
    file = tmp_path / "backup.tar"
    assert back_up(settings, file).exit_code == 0
    before = rows(engine)
    assert ask(settings, link, token, now) == (200, 200)
    safe = told(run(place, "restore", file, "--json"))["made_safe"]
    elsewhere = make_engine(place)
    assert rows(elsewhere) == before
    with mail_server() as (inbox, address):
        sending = replace(place, mail=address)
        sweep(elsewhere, make_mailer(sending), sending, now=now)
        assert inbox.kept == []
        sweep(elsewhere, make_mailer(sending), sending, now=now + timedelta(days=1, minutes=1))
    assert ask(place, link, token, now) == (404, 303)
    with Session(elsewhere) as there:
        held = there.execute(sa.select(Message.sent_at, Message.last_error).where(Message.key.in_(["now", "later"])))
        assert held.all() == [(None, HELD_BACK), (None, HELD_BACK)]
        event = there.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "installation.restore")).one()
        assert isinstance(safe, dict)
        assert {name: detail_of(there, event)[name] for name in safe} == safe
        assert audit.find_break(there) is None
    elsewhere.dispose()


@pytest.mark.both_databases
def test_notices_that_were_due_are_done_with_and_actions_are_not(session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.execute(sa.delete(Timer))
    session.execute(sa.delete(Message))
    session.execute(sa.delete(InviteLink))
    session.execute(sa.delete(SignIn))
    notice, action = {"notify": ["candidate"], "template": "overdue"}, {"fire": "withdraw"}
    for what, spec, due_at in (
        ("0", notice, now - timedelta(hours=1)),
        ("1", notice, now + timedelta(hours=1)),
        ("2", action, now - timedelta(hours=1)),
    ):
        session.add(Timer(case_id=case.id, place="main", entry=1, what=what, n=1, spec=spec, due_at=due_at))
    open_sign_in(session, scene.id("hanna"), now=now)
    made_safe = make_safe(session, backup_id="b", made_at=now, now=now)
    session.commit()
    assert made_safe == MadeSafe(mails=0, notices=1, sign_ins=1, links=0)
    assert session.scalars(sa.select(Timer.what).where(Timer.done_at.is_(None)).order_by(Timer.what)).all() == [
        "1",
        "2",
    ]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_jobs_that_were_running_are_run_once_in_the_restored_place(
    settings: Settings, place: Settings, tmp_path: Path
) -> None:
    here, there = (replace(each, jobs=JobsMode.DBOS, render_processes=2) for each in (settings, place))
    migrate_database(here)
    engine = make_engine(here)
    with Session(engine) as session:
        session.add(Person(id=1, external_id="anybody", name="Anybody"))
        for number in range(JOBS):
            enqueue(session, "note_computed", number, key=f"job-{number}")
        session.commit()
        with running(here, WORKER) as worker:
            wait_for(lambda: effects(session), here)
            worker.kill()
            worker.wait(PATIENCE_SECONDS)
        done_before = len(effects(session))
    engine.dispose()
    assert back_up(here, tmp_path / "jobs.tar").exit_code == 0
    told(run(there, "restore", tmp_path / "jobs.tar", "--json"))
    elsewhere = make_engine(there)
    with Session(elsewhere) as session:
        assert len(effects(session)) == done_before < JOBS
        with running(there, WORKER):
            wait_for(lambda: len(effects(session)) >= JOBS, there)
        assert effects(session) == sorted(f"computed-{number}-{number}#0" for number in range(JOBS))
    elsewhere.dispose()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_restore_that_is_killed_leaves_a_place_that_mails_nobody(
    settings: Settings, session: Session, place: Settings, now: datetime, tmp_path: Path
) -> None:
    open_scene(session, now)
    session.commit()
    file = tmp_path / "backup.tar"
    assert back_up(settings, file).exit_code == 0
    engine = make_engine(place)
    loaded = sa.text("SELECT count(*) FROM pg_tables WHERE tablename = 'message'")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        with running(place, "review.cli", "restore", str(file)) as restoring:
            wait_for(lambda: connection.scalar(loaded), place)
            restoring.kill()
            restoring.wait(PATIENCE_SECONDS)
        kinds = connection.scalars(sa.select(AuditEvent.kind)).all()
    engine.dispose()
    with Session(engine) as there:
        mode = there.scalar(sa.text(f"SHOW {READ_ONLY}"))
    assert mode == "on" or "installation.restore" in kinds  # on a fast machine the kill may come too late
    engine.dispose()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_where_everybody_can_only_read_no_mail_is_taken(engine: Engine, settings: Settings, now: datetime) -> None:
    writing = make_engine(replace(settings, database_url=allow_writing(settings.database_url)))
    with writing.connect() as connection:
        driver: Any = connection.connection.driver_connection
        change_writing(driver, is_read_only=True)
        engine.dispose()  # sessions that were open before go on as they were
        with Session(engine) as session, pytest.raises(InternalError, match="read-only"):
            claim_due(session, now=now)
        engine.dispose()
        with Session(connection) as session:
            assert claim_due(session, now=now) == ()
        driver.rollback()
        change_writing(driver, is_read_only=False)
    with Session(engine) as session:
        assert claim_due(session, now=now) == ()
    writing.dispose()


def effects(session: Session) -> list[str]:
    """Return the effects that jobs had, one entry for each time."""
    found = sorted(session.scalars(sa.select(Message.key)))
    session.rollback()
    return found
