"""PostgreSQL takes the statements of pages apart once for each connection, not at each page."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.extensions import db
from review.models import Cycle
from review.queries.audit import list_events, walk_events
from review.queries.insight import load_insight
from tests.factories import open_scene
from tests.signed_in import Door

OWN = "statement LIKE '%token_hash%' AND statement NOT LIKE '%pg_prepared_statements%'"
KEPT = f"SELECT count(*) FROM pg_prepared_statements WHERE {OWN}"
PLANNED = f"SELECT custom_plans FROM pg_prepared_statements WHERE {OWN}"
HOW = sa.text("SHOW plan_cache_mode")
OFTEN = 2
"""How often a page is read; what is run more than once is prepared."""


@pytest.fixture
def door(client: FlaskClient, session: Session, now: datetime) -> Door:
    return Door(client, session, now, open_scene(session, now).company.ids)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_pages_ask_is_prepared_and_stays_so(app: Flask, door: Door) -> None:
    client = door.enter("hanna")
    for _ in range(OFTEN):
        assert client.get("/preferences").status_code == 200
    with app.app_context():
        assert db.session.scalar(sa.text(KEPT)) == 1
        assert db.session.scalar(sa.text(PLANNED)) == 0
        assert db.session.scalar(HOW) == "force_generic_plan"
        assert db.session.scalar(sa.text("SHOW max_parallel_workers_per_gather")) == "0"
        assert db.session.scalar(sa.text("SHOW random_page_cost")) == "1.1"
        db.session.commit()
    assert client.get("/cases/987654").status_code == 404
    with app.app_context():
        assert db.session.scalar(sa.text(KEPT)) == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_a_page_reads_stands_alone_and_what_a_form_changes_is_one_transaction(app: Flask, door: Door) -> None:
    client, said = door.enter("hanna"), []

    def note(connection: Connection, _cursor: object, words: str, *_rest: object) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        said.append((words.split(maxsplit=1)[0], driver.info.transaction_status.name))

    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", lambda *_: None)  # whoever is told before is told of all
        sa.event.listen(db.engine, "after_cursor_execute", note)
    assert client.get("/preferences").status_code == 200
    assert {how for _, how in said} == {"IDLE"}
    said.clear()
    assert client.get("/audit").status_code == 200
    begun = [words for words, _ in said].index("BEGIN")
    assert said[begun + 1] == ("SET", "INTRANS")
    assert {how for _, how in said[:begun]} == {"IDLE"}
    assert {how for _, how in said[begun:]} == {"INTRANS"}
    said.clear()
    assert client.post("/preferences", data={}).status_code < 500
    assert {how for _, how in said} == {"INTRANS"}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_page_that_would_change_something_by_mistake_cannot(app: Flask, door: Door) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def spoil() -> None:
        db.session.execute(sa.text("UPDATE cycle SET name = 'Spoilt'"))

    app.before_request_funcs.setdefault(None, []).append(spoil)
    before = door.session.scalar(sa.text("SELECT name FROM cycle"))
    assert door.enter("hanna").get("/preferences").status_code == 503
    assert door.session.scalar(sa.text("SELECT name FROM cycle")) == before


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_a_filter_or_an_analysis_asks_is_planned_for_its_values_alone(session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    hanna = Actor(scene.company.ids["hanna"], roles=frozenset({"hr"}))
    session.commit()
    cycle_id = session.scalars(sa.select(Cycle.id)).one()
    asked = {
        "audit": lambda: list_events(session, hanna),
        "export": lambda: next(walk_events(session, hanna)),
        "insight": lambda: load_insight(session, cycle_id, hanna),
    }
    found = {}
    for name, ask in asked.items():
        before = session.scalar(HOW)
        ask()
        within = session.scalar(HOW)
        session.commit()
        found[name] = (before, within, session.scalar(HOW))
        session.commit()
    assert found == dict.fromkeys(asked, ("auto", "force_custom_plan", "auto"))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_how_many_rows_are_wanted_stands_in_the_statement(session: Session) -> None:
    said: list[tuple[str, object]] = []

    @sa.event.listens_for(session.get_bind(), "before_cursor_execute")
    def note(_connection: object, _cursor: object, words: str, values: object, *_rest: object) -> None:
        said.append((words.partition("\n LIMIT ")[2], values))

    numbers = sa.select(sa.func.generate_series(1, 9).column_valued("n"))
    assert session.scalars(numbers.limit(3)).all() == [1, 2, 3]
    assert session.scalars(numbers.limit(2).offset(4)).all() == [5, 6]
    assert [words for words, _ in said] == ["3", "2 OFFSET %(param_1)s::INTEGER"]
