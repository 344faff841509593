"""Migrations go up, down and up again on filled tables, and leave exactly what the models say, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.jobs import ENGINE_TABLES
from review.cli.database import migrate_database
from review.config import ROOT, Settings
from review.extensions import add_migrations
from review.models import Base, Decision, Letter, ReleaseItem
from review.models.base import UTCDateTime

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
VALUES: dict[type[sa.types.TypeEngine[Any]], object] = {
    UTCDateTime: NOW,
    sa.Date: date(2026, 11, 16),
    sa.Boolean: True,
    sa.Integer: 1,
    sa.Float: 1.0,
    sa.JSON: {},
    sa.String: "x",
    sa.LargeBinary: b"x",
}


def fill(session: Session) -> dict[str, int]:
    """Put one row into every table, each pointing to the first row of the others; return how many rows stand where."""
    for table in Base.metadata.sorted_tables:
        row = {column.name: value_for(column) for column in table.columns if needs_value(column)}
        session.execute(sa.insert(table).values(row))
    session.commit()
    return count_rows(session)


def needs_value(column: sa.Column[Any]) -> bool:
    """Say whether a first row must give this column a value."""
    return column.primary_key or not column.nullable


def value_for(column: sa.Column[Any]) -> object:
    """Return a value that fits a column."""
    if column.foreign_keys or column.primary_key:
        return 1
    return next(value for kind, value in VALUES.items() if isinstance(column.type, kind))


def count_rows(session: Session) -> dict[str, int]:
    """Return the number of rows of every table of the models."""
    names = Base.metadata.tables
    counts = {name: session.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in names}
    session.commit()  # a table that is being read cannot be dropped
    return counts


def our_tables(engine: Engine) -> set[str]:
    """Return the tables that stand in the database, the migrations' own and the job engine's left out."""
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"} - ENGINE_TABLES


@pytest.mark.both_databases
def test_up_down_up_on_filled_tables(app: Flask, session: Session, engine: Engine) -> None:
    """Every revision's downgrade runs over rows, and the way up stands again afterwards."""
    filled = fill(session)
    assert set(filled.values()) == {1}
    add_migrations(app)
    with app.app_context():
        downgrade(revision="base")
        assert our_tables(engine) == set()
        upgrade()
    assert our_tables(engine) == set(Base.metadata.tables)
    assert set(count_rows(session).values()) == {0}


@pytest.mark.both_databases
def test_a_batch_of_before_names_the_decision_that_it_was_prepared_for(app: Flask, session: Session) -> None:
    fill(session)
    for number, hours in ((7, -2), (8, -1), (9, 1)):
        at = NOW + timedelta(hours=hours)
        session.add(Decision(id=number, case_id=1, outcome="defer", recorded_by_id=1, recorded_at=at))
    session.execute(sa.update(Decision).where(Decision.id == 1).values(recorded_at=NOW - timedelta(hours=3)))
    session.commit()
    add_migrations(app)
    with app.app_context():
        downgrade(revision="0040")
        upgrade()
    assert session.scalars(sa.select(ReleaseItem.decision_id)).all() == [8]


@pytest.mark.both_databases
def test_a_database_with_two_letters_of_a_case_is_not_taken_back(app: Flask, session: Session) -> None:
    fill(session)
    session.add(Decision(id=2, case_id=1, outcome="defer", recorded_by_id=1, recorded_at=NOW))
    session.flush()
    session.add(Letter(id=2, case_id=1, decision_id=2, body="Another", updated_at=NOW))
    session.commit()
    add_migrations(app)
    with app.app_context(), pytest.raises(SystemExit):
        downgrade(revision="0041")
    assert session.scalars(sa.select(Letter.body).order_by(Letter.id)).all()[1:] == ["Another"]


@pytest.mark.both_databases
def test_models_and_migrations_agree(engine: Engine) -> None:
    """What the migrations leave differs in nothing from what the models say."""
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _parents: not (kind == "table" and name in ENGINE_TABLES),
    }
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    assert differences == []


@pytest.mark.both_databases
def test_an_index_of_some_rows_is_of_those_alone(engine: Engine, new_database: Callable[[], str]) -> None:
    """It is so in a company that migrations made, and in one that the models made, as a rehearsal's."""
    made = sa.create_engine(new_database())
    Base.metadata.drop_all(made)
    Base.metadata.create_all(made)
    assert (
        list_partial(engine)
        == list_partial(made)
        == {
            "ix_hook_delivery_open": "ended_at IS NULL",
            "ix_message_open": "sent_at IS NULL",
            "ix_timer_open": "done_at IS NULL",
            "uq_past_case_standing": "replaced_by_id IS NULL",
        }
    )
    made.dispose()


def list_partial(engine: Engine) -> dict[str, str]:
    """Return the indexes that are not of all rows, and of which they are."""
    found = (each for table in Base.metadata.tables for each in sa.inspect(engine).get_indexes(table))
    where = {each["name"]: each.get("dialect_options", {}).get(f"{engine.dialect.name}_where") for each in found}
    return {str(name): str(rows).strip("()") for name, rows in where.items() if rows is not None}


@pytest.mark.parametrize("path", sorted((ROOT / "migrations" / "versions").glob("*.py")), ids=lambda path: path.stem)
def test_a_migration_imports_no_models(path: Path) -> None:
    """A revision keeps its meaning when the models move on."""
    assert not re.search(r"^\s*(from|import) review", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_job_engines_tables_are_known(settings: Settings, engine: Engine) -> None:
    """What the engine creates beside our tables is what migrations leave alone."""
    migrate_database(settings)
    assert set(sa.inspect(engine).get_table_names()) - set(Base.metadata.tables) - {"alembic_version"} == ENGINE_TABLES
