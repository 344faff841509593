"""An SQLite file is moved, or another put in its place, while a process has it open: nothing goes into a lost file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue
from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine, make_no_file
from review.models import Person
from tests.faults import jobs_in_test
from tests.faults.processes import running, wait_for

WORKER = "tests.faults.worker_in_test"
assert jobs_in_test.note


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a database with a table of words."""
    file = tmp_path / "data" / "kept.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE word (said TEXT)")
    return file


@pytest.fixture
def engine(settings: Settings, file: Path) -> Iterator[Engine]:
    """Return the engine of a process that serves people, with a connection to the file."""
    engine = make_engine(replace(settings, database_url=f"sqlite:///{file}"))
    make_no_file(engine)
    say(engine, "before")
    yield engine
    engine.dispose()


def say(engine: Engine, word: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO word VALUES (:said)"), {"said": word})


def read(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [said for (said,) in connection.execute("SELECT said FROM word ORDER BY rowid")]


def test_nothing_is_written_into_a_file_that_was_moved(engine: Engine, file: Path) -> None:
    elsewhere = file.parent.rename(file.parent.with_name("elsewhere"))
    with pytest.raises(OperationalError, match="there is no database at"):
        say(engine, "lost")
    assert (read(elsewhere / file.name), file.exists()) == (["before"], False)
    elsewhere.rename(file.parent)
    say(engine, "after")
    assert read(file) == ["before", "after"]


def test_a_file_put_in_its_place_is_used_from_the_next_request_on(engine: Engine, file: Path) -> None:
    """As after a restore while people work."""
    aside, other = file.with_name("aside.db"), file.with_name("other.db")
    engine.dispose()
    shutil.copy(file, other)
    say(engine, "only in the old one")
    file.rename(aside)
    for left in ("-wal", "-shm"):
        file.with_name(f"{file.name}{left}").rename(aside.with_name(f"{aside.name}{left}"))
    other.rename(file)
    say(engine, "after")
    assert (read(file), read(aside)) == (["before", "after"], ["before", "only in the old one"])


@pytest.fixture
def at_work(settings: Settings) -> Iterator[Settings]:
    """Return an installation with somebody to write to, and a worker that has run a job."""
    chosen = replace(settings, jobs=JobsMode.DBOS, render_processes=2)
    migrate_database(chosen)
    engine = make_engine(chosen)
    with Session(engine) as session:
        session.add(Person(id=1, external_id="anybody", name="Anybody"))
        session.commit()
    engine.dispose()
    with running(chosen, WORKER):
        ask(chosen, "before")
        wait_for(lambda: effects(chosen) == ["before#0"], chosen)
        yield chosen


def ask(settings: Settings, key: str) -> None:
    """Ask for a job as a web process does, and leave no connection open."""
    engine = make_engine(settings)
    with Session(engine) as session:
        enqueue(session, "note_plainly", key, key=key)
        session.commit()
    engine.dispose()


def file_of(settings: Settings) -> Path:
    return Path(str(sa.make_url(settings.database_url).database))


def effects(settings: Settings) -> list[str]:
    return effects_in(file_of(settings))


def effects_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=30)) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM message ORDER BY key")]


def jobs_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=30)) as connection:
        return [key for (key,) in connection.execute("SELECT workflow_uuid FROM workflow_status ORDER BY 1")]


def test_a_worker_takes_its_jobs_from_the_file_that_was_put_in_place(at_work: Settings) -> None:
    file = file_of(at_work)
    aside, other = file.with_name("aside.db"), file.with_name("other.db")
    with closing(sqlite3.connect(file, timeout=30)) as old, closing(sqlite3.connect(other)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=WAL")
    for end in ("", "-wal", "-shm"):
        if file.with_name(f"{file.name}{end}").exists():
            file.with_name(f"{file.name}{end}").rename(aside.with_name(f"{aside.name}{end}"))
    other.rename(file)
    ask(at_work, "in the new one")
    wait_for(lambda: effects(at_work) == ["before#0", "in the new one#0"], at_work)
    assert (effects_in(aside), jobs_in(aside)) == (["before#0"], ["before"])
