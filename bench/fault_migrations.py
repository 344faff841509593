"""Whether migrations hold: each one up, down and up again over rows, and killed in the middle of it."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bench.fault_ground import Ground
from review import create_app
from review.adapters.jobs import ENGINE_TABLES
from review.config import ROOT, Settings
from review.extensions import add_migrations, make_engine
from review.models import Base
from tests.committee_room import sealed_room
from tests.conftest import NOW, make_settings, migrate
from tests.house.test_migrations import needs_value, value_for

WALKED = {True: 2, False: 1000}
"""How many revisions, the newest first, are walked; True: quick."""
KILLED = {True: 2, False: 1000}
"""How many of them are killed within."""
PLACES = {True: 1, False: 4}
"""At how many of its statements each of them is killed."""
CHANGING = ("ALTER", "CREATE", "DROP", "INSERT", "UPDATE", "DELETE")
Rows = dict[str, list[dict[str, object]]]
SEALED = frozenset({"mac", "sealed_detail", "detail_hash"})
"""Columns of the trail that are made anew with every sealing."""


def measure_migrations(ground: Ground) -> dict[str, object]:
    """Walk every revision down and up on a filled database, kill upgrades midway; return what is not the same."""
    settings = make_settings(ground.url, ground.folder)
    migrate(ground.url, ground.folder)
    engine = make_engine(settings)
    with Session(engine) as session:
        sealed_room(session, NOW)
        fill_empty(session)
    found = Counter(migrations_tried=0, migrations_wrong=0, migrations_killed=0, migrations_not_resumed=0)
    found["migrations_tables_empty"] = sum(not rows for rows in count_rows(engine).values())
    with migrating(settings):
        for place, (revision, below) in enumerate(list_revisions()[: WALKED[ground.is_quick]]):
            places = PLACES[ground.is_quick] if place < KILLED[ground.is_quick] else 0
            found.update(walk(settings, engine, revision, below, places))
    engine.dispose()
    return dict(found)


def fill_empty(session: Session) -> None:
    """Put one row into each table that has none; it points to the first row of the others."""
    for table in Base.metadata.sorted_tables:
        if not session.scalar(sa.select(sa.func.count()).select_from(table)):
            row = {column.name: value_for(column) for column in table.columns if needs_value(column)}
            session.execute(sa.insert(table).values(row))
    session.commit()


def list_revisions() -> list[tuple[str, str]]:
    """Return each revision and the one below it, the newest first; the first one has `base` below it."""
    scripts = ScriptDirectory(str(ROOT / "migrations")).walk_revisions()
    return [(each.revision, str(each.down_revision or "base")) for each in scripts]


@contextmanager
def migrating(settings: Settings) -> Iterator[Flask]:
    """Give an app that can migrate."""
    app = create_app(settings)
    add_migrations(app)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].engine.dispose()


def walk(settings: Settings, engine: Engine, revision: str, below: str, places: int) -> Counter[str]:
    """Go down from a revision, up and down again, then up by processes that are killed, and down once more.

    Each way must leave every row as it was, in the columns that both sides of the revision have.
    """
    downgrade(revision=below)
    before = read_rows(engine)
    with counting() as statements:
        upgrade(revision=revision)
    above = read_rows(engine)
    downgrade(revision=below)
    is_right = is_kept(before, above) and is_kept(before, read_rows(engine))
    found = Counter(migrations_tried=1, migrations_wrong=int(not is_right))
    if places:
        for place in range(places):
            engine.dispose()
            found["migrations_killed"] += die_within(settings, revision, 1 + len(statements) * place // places)
        upgrade(revision=revision)
        resumed = read_rows(engine)
        found["migrations_not_resumed"] += not is_kept(before, resumed) or resumed.keys() != above.keys()
        downgrade(revision=below)
    return found


def is_kept(rows: Rows, later: Rows) -> bool:
    """Tell whether all rows are there later, in the columns that are there then; a revision may add rows."""
    for table, kept in rows.items():
        if table not in later or not kept:
            continue
        columns = (kept[0].keys() & later[table][0].keys()) - SEALED if later[table] else set(kept[0])
        left = Counter(_project(row, columns) for row in kept)
        left.subtract(Counter(_project(row, columns) for row in later[table]))
        if any(count > 0 for count in left.values()):
            return False
    return True


def _project(row: dict[str, object], columns: Collection[str]) -> str:
    return repr([(name, row[name]) for name in sorted(columns)])


@contextmanager
def counting() -> Iterator[list[str]]:
    """List the statements that change something."""
    issued: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(CHANGING):
            issued.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield issued
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)


def die_within(settings: Settings, revision: str, at: int) -> bool:
    """Upgrade in a process that is killed before its statement of this number; tell whether it was."""
    child = os.fork()
    if child == 0:
        _upgrade_and_die(settings, revision, at)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _upgrade_and_die(settings: Settings, revision: str, at: int) -> None:
    """Upgrade by connections of its own, and never come back."""
    with counting() as statements, migrating(settings):

        def kill(*_about: object) -> None:
            if len(statements) >= at:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(sa.Engine, "before_cursor_execute", kill)
        upgrade(revision=revision)
    os._exit(0)


def read_rows(engine: Engine) -> Rows:
    """Return all rows of each of our tables but those that a revision seals anew: the trail is checked by itself."""
    described = sa.MetaData()
    with engine.connect() as connection:
        described.reflect(connection)
        return {
            name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for name, table in described.tables.items()
            if name not in ENGINE_TABLES | {"alembic_version", "audit_head"}
        }


def count_rows(engine: Engine) -> dict[str, int]:
    """Return the rows of each of our tables."""
    described = sa.MetaData()
    with engine.connect() as connection:
        described.reflect(connection)
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in described.tables.items()
            if name not in ENGINE_TABLES
        }
