"""PostgreSQL ends a connection in the middle of a page: whichever statement it hits, the page says 503 and all goes on.

A process that had kept anything of such a page would answer some later one with 500.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from review.config import Settings
from review.extensions import db
from tests.conftest import Statements
from tests.signed_in import soup

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

ENDED = """SELECT count(pg_terminate_backend(pid, 1800000)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
WORDS = "Two quarters of work, and every word of it is still here."
MORE = 3
"""How many steps after the last statement are tried as well: the commit, and an end that comes when all is over."""
Ask = Callable[[], TestResponse]


@contextmanager
def ended_before(step: int, app: Flask, settings: Settings) -> Iterator[None]:
    """End all connections to the database just before a statement or commit, counted from 0."""
    with app.app_context():
        engine = db.engine
    steps = iter(range(step + 1))

    def end(*_about: object) -> None:
        if next(steps, None) == step:
            with psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(ENDED)

    for name in ("before_cursor_execute", "commit"):
        event.listen(engine, name, end)
    try:
        yield
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(engine, name, end)


def try_each(ask: Ask, app: Flask, settings: Settings, count: int) -> list[int]:
    """Ask so often, the connection ended one step later each time; return the statuses."""
    told = []
    for step in range(count):
        with ended_before(step, app, settings):
            told.append(ask().status_code)
    return told


@pytest.mark.parametrize("address", ["/ready", "/", "{page}"])
def test_a_page_that_loses_its_connection_says_so_and_the_next_is_there(
    address: str, app: Flask, client: FlaskClient, page: str, settings: Settings, statements: Statements
) -> None:
    path = address.format(page=page)
    with statements() as issued:
        assert client.get(path).status_code == 200
    told = try_each(lambda: client.get(path), app, settings, len(issued) + MORE)
    assert told == [503] * len(issued) + [200] * MORE
    assert client.get(path).status_code == 200


def test_a_save_that_loses_its_connection_keeps_the_text_and_can_be_sent_again(
    app: Flask, client: FlaskClient, page: str, settings: Settings, statements: Statements
) -> None:
    def save(words: str, version: int) -> TestResponse:
        return client.post(page, data={"self_review": words, "version": str(version)})

    assert save(WORDS, 0).status_code == 303
    with statements() as issued:
        assert save(f"{WORDS} 1", 1).status_code == 303
    told = []
    for step in range(len(issued) + MORE):
        words, version = f"{WORDS} {step + 2}", step + 2
        with ended_before(step, app, settings):
            answer = save(words, version)
        field = soup(answer).select_one("textarea")
        told.append((answer.status_code, field.text.strip() if field else ""))
        assert save(words, version).status_code == 303
    kept = len(issued) + 1  # one more than statements: the commit
    assert told == [(503, f"{WORDS} {step + 2}") for step in range(kept)] + [(303, "")] * (MORE - 1)
