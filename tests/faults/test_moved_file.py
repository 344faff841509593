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

from review.config import Settings
from review.extensions import make_engine, make_no_file


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
