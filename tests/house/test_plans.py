"""No list reads a large table from end to end: the plans of the statements that its page issues, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from psycopg import sql
from sqlalchemy.orm import Session

from review.adapters.connections import A_JUMP
from review.demo.scale import grow_company
from review.models import Case, Committee, Person
from review.services.sweep import fire_due_timers
from tests.after_decision import announced_room, another_decided
from tests.signed_in import Door

PEOPLE, CASES = 9_000, 640
MANY = CASES // 2
"""So many rows of a table at one go are as good as all of it, even by an index."""
LARGE = ("audit_event", "case", "case_token", "employment", "feedback", "message", "person", "timer")
NAMED = re.compile(r"%\((\w+)\)s")
SCAN = re.compile(r"(?:SCAN|BLOOM FILTER ON|SEARCH(?=.*\(is_active=\?\)$)) (\w+?)(?:_\d+)?(?: |$)")
"""Who is here is nearly everybody: to look them up by that alone is to go through all."""
PARTS = "HR, executives and the appeals panel may have a part in any case: all running ones are asked, once"
STAGES = "HR's list counts every case of the cycle by its stage"
ARGUED = {
    ("home", "case"): PARTS,
    ("home", "person"): PARTS,
    ("nominate", "case"): "who has a case in the cycle is read once, to be left out",
    ("record of a case", "case"): "a code is typed in any capitals: all are read, of events the case's own alone",
    ("people", "person"): "how many are here is counted by reading the index of all who are",
    ("people further on", "person"): "how many are here is counted by reading the index of all who are",
    ("people of a function", "person"): "how many of a function are here is counted by reading its part of an index",
    ("search", "person"): "a part of a word can stand anywhere: the words of everybody are read, out of one index",
    ("cases", "case"): STAGES,
    ("cases searched", "case"): STAGES,
    ("cases of a stage", "case"): STAGES,
    ("cases of a committee", "case"): STAGES,
}
"""Page and table → why it is read whole."""


@pytest.mark.both_databases
def test_no_list_reads_a_large_table_whole(
    engine: sa.Engine, session: Session, client: FlaskClient, now: datetime
) -> None:
    room = announced_room(session, now)
    another_decided(room, "ben", "senior-pm", "decide_promote")
    cycle_id = room.scene.cycle_id
    grow_company(session, people=PEOPLE, cases=CASES, domain="house.example", now=now, seed=1, tell=lambda *_: None)
    session.commit()
    if engine.dialect.name == "postgresql":  # as it does of its own accord, which SQLite never does
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    last = session.scalars(sa.select(Case).order_by(Case.id.desc()).limit(1)).one()
    name = session.get_one(Person, last.candidate_id).name.split()[-1]
    committee = session.scalars(sa.select(Committee.id).order_by(Committee.id).limit(1)).one()
    door = Door(client, session, now, room.scene.company.ids)
    hr, candidate, chair = "hanna", "iris", "vera"
    pages = {
        "home": (hr, "/"),
        "home of a candidate": (candidate, "/"),
        "people": (hr, "/people"),
        "people further on": (hr, "/people?page=40"),
        "people of a function": (hr, "/people?function=Design"),
        "search": (hr, f"/people?words={name}"),
        "a person": (hr, f"/people/{last.candidate_id}"),
        "cycles": (hr, "/cycles"),
        "cases": (hr, f"/cycles/{cycle_id}"),
        "cases searched": (hr, f"/cycles/{cycle_id}?words={name}"),
        "cases of a stage": (hr, f"/cycles/{cycle_id}?state=not_yet"),
        "cases of a committee": (hr, f"/cycles/{cycle_id}?committee={committee}"),
        "nominate": (chair, f"/cycles/{cycle_id}/nominate"),
        "team": (chair, "/team"),
        "feedback of a team": (chair, "/team/feedback"),
        "packets to read": (chair, "/committee"),
        "asked of me": (chair, "/asked"),
        "messages": (hr, "/messages"),
        "record of a case": (hr, f"/audit?case={last.code}"),
        "a case": (hr, f"/cases/{last.id}"),
    }
    found: dict[str, set[str]] = {}
    for page, (who, url) in pages.items():
        door.enter(who)
        with caught(engine) as statements:
            assert client.get(url).status_code == 200, url
        found[page] = read_whole(session, statements)
    with caught(engine) as statements:
        fire_due_timers(session, now=now)
    found["sweep"] = read_whole(session, statements)

    assert {(page, table) for page, tables in found.items() for table in tables} - ARGUED.keys() == set()
    assert {page for page, _ in ARGUED} <= found.keys()


@contextmanager
def caught(engine: sa.Engine) -> Iterator[list[tuple[str, Any]]]:
    """Catch the statements that read, with what stands in them."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def read_whole(session: Session, statements: list[tuple[str, Any]]) -> set[str]:
    """Return the large tables that the database would read from end to end."""
    plan = PLANS[session.get_bind().dialect.name]
    found = {table for statement, parameters in statements for table in plan(session, statement, parameters)}
    session.rollback()
    return found & set(LARGE)


def read_sqlite_plan(session: Session, statement: str, parameters: Any) -> Iterator[str]:
    """Return the tables that SQLite scans."""
    rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return (match[1] for row in rows if (match := SCAN.match(row[3])))


def read_postgresql_plan(session: Session, statement: str, parameters: Any) -> Iterator[str]:
    """Return the tables that PostgreSQL has gone through, by the plan for all values that pages run with."""
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    names = list(dict.fromkeys(NAMED.findall(statement)))
    words = NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", statement).replace("%%", "%")
    values = ", ".join(sql.Literal(parameters[name]).as_string(driver) for name in names)
    driver.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    driver.execute(f"SET LOCAL random_page_cost = {A_JUMP}".encode())
    driver.execute(f"PREPARE asked AS {words}".encode())
    told = driver.execute(
        f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{f'({values})' * bool(names)}".encode()
    ).fetchone()
    driver.execute("DEALLOCATE asked")
    return _scanned((told or ())[0][0]["Plan"])


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    is_whole = node["Node Type"] == "Seq Scan" or node["Actual Rows"] >= MANY
    if "Relation Name" in node and is_whole and node["Actual Loops"]:
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _scanned(below)


PLANS: dict[str, Callable[[Session, str, Any], Iterator[str]]] = {
    "sqlite": read_sqlite_plan,
    "postgresql": read_postgresql_plan,
}
