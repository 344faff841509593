"""The database restarts under load, is locked or away: 503 with the text kept, never 500; all comes back by itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from bench.host_restarts import measure_restarts
from review.adapters.backup_database import sqlite_path
from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.extensions import db
from tests.conftest import make_settings
from tests.postgres import PostgresServer
from tests.signed_in import soup

JOBS = 4
WORDS = "Two quarters of work, and every word of it is still here."


def test_all_goes_on_when_the_database_comes_back(tmp_path: Path) -> None:
    with PostgresServer(options=()) as server:
        settings = make_settings(server.url(server.create_database()), tmp_path, jobs=JobsMode.DBOS)
        migrate_database(settings)
        found = measure_restarts(settings, server, rounds=1, jobs=JOBS)
    faults = (
        "replaced", "lost", "doubled", "errors_500", "text_gone", "unanswered", "breaks_in_trail",
        "jobs_lost", "jobs_doubled",
    )  # fmt: skip
    assert {name: found[name] for name in faults} == dict.fromkeys(faults, 0)
    assert (found["restarts"], found["jobs"]) == (2, 3 * JOBS)


@pytest.fixture
def page(page: str, app: Flask) -> str:
    """Return the page on which Iris writes, with an app that waits for a locked file for a moment only."""
    with app.app_context():
        event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=50"))
        db.engine.dispose()
    return page


def write(client: FlaskClient, page: str) -> tuple[int, str]:
    """Send the words; return the status and what stands in the text field of the answer."""
    answer = client.post(page, data={"self_review": WORDS, "version": "0"})
    field = soup(answer).select_one("textarea")
    return answer.status_code, field.text.strip() if field else ""


def test_a_file_that_somebody_has_locked_is_read_and_keeps_the_text(
    client: FlaskClient, page: str, settings: Settings
) -> None:
    with closing(sqlite3.connect(sqlite_path(settings.database_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert client.get(page).status_code == 200
        assert write(client, page) == (503, WORDS)
        other.execute("ROLLBACK")
    assert write(client, page)[0] == 303


def test_a_file_that_is_away_is_told_and_found_again(
    app: Flask, client: FlaskClient, page: str, settings: Settings
) -> None:
    file = sqlite_path(settings.database_url)
    elsewhere = file.with_name("elsewhere")
    with app.app_context():
        db.engine.dispose()
    file.rename(elsewhere)
    file.mkdir()  # a file that is not there would be made anew
    assert client.get(page).status_code == 503
    assert write(client, page) == (503, WORDS)
    file.rmdir()
    elsewhere.rename(file)
    assert write(client, page)[0] == 303
