"""Commands that only read wait for nobody who writes, and nobody who writes waits for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from review.cli import group
from review.config import Settings
from review.models import AuditEvent
from tests.after_decision import decided_room
from tests.committee_room import Room
from tests.conftest import environment

PEOPLE = "external_id,name,email\nnew-1,New One,new.one@example.org\n"


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return decided_room(session, now)


@pytest.fixture
def code(session: Session, settings: Settings, room: Room) -> Iterator[str]:
    """Return the code of a case while somebody else writes: they keep SQLite's only lock until the test ends."""
    code = room.case.code
    session.commit()
    path = sa.make_url(settings.database_url).database or ""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield code
        other.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("audit verify", 0),
        ("audit anchor", 0),
        ("doctor", 1),
        ("cycle status", 0),
        ("cycle check 2026A", 1),
        ("case show {code}", 0),
        ("policy show", 0),
        ("words export", 0),
        ("history list", 0),
        ("retention --dry-run", 0),
        ("erase --list", 0),
        ("people import {file} --dry-run", 0),
    ],
)
def test_it_takes_no_lock_for_writing(code: str, settings: Settings, tmp_path: Path, words: str, status: int) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    asked = [word.format(code=code, file=file) for word in words.split()]
    told = CliRunner(env=environment(settings)).invoke(group, asked)
    assert not isinstance(told.exception, OperationalError)
    assert (told.exit_code, "locked" in told.output) == (status, False), told.output


@pytest.mark.both_databases
def test_an_export_reads_behind_the_note_that_it_was_taken(session: Session, settings: Settings, room: Room) -> None:
    session.commit()
    told = CliRunner(env=environment(settings)).invoke(group, ["audit", "export", "--for", "Abel Stone"])
    assert told.exit_code == 0
    newest = session.execute(sa.select(AuditEvent.seq, AuditEvent.kind).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert (newest.kind, len(told.output.splitlines())) == ("trail.export", newest.seq)
    assert room.case_id
