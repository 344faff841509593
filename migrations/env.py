"""How migrations run: on the app's own engine, in batch mode on SQLite, leaving the job engine's tables alone."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection

import review.models  # noqa: F401 - every table must be known before models and database are compared
from review.adapters.jobs import ENGINE_TABLES
from review.models.base import Base, UTCDateTime, say_rows


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Say whether a database object belongs to the models."""
    return not (kind == "table" and name in ENGINE_TABLES)


def render_type(kind: str, value: object, _context: object) -> str | bool:
    """Write our own column types as plain ones: a migration imports no models."""
    return "sa.DateTime()" if kind == "type" and isinstance(value, UTCDateTime) else False


def run(connection: Connection) -> None:
    """Apply the revisions, each in a transaction of its own, so that a killed upgrade goes on where it stopped."""
    say_rows(Base.metadata, connection)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
        transactional_ddl=True,
        compare_type=True,
        include_name=is_ours,
        render_item=render_type,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_on_sqlite(connection: Connection) -> None:
    """Apply the revisions with foreign keys looked at afterwards: batch mode drops and renames whole tables."""
    raw = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
    run(connection)
    broken = raw.execute("PRAGMA foreign_key_check").fetchall()
    raw.execute("PRAGMA foreign_keys=ON")
    if broken:
        raise RuntimeError(f"after the migration these rows point to nothing: {broken[:20]}")


def hurry(connection: Connection) -> None:
    """Let a change of a table wait only seconds for whoever uses it: all others would wait behind it meanwhile."""
    raw = connection.connection.driver_connection
    raw.autocommit = True
    raw.execute("SELECT set_config('lock_timeout', '3s', false), set_config('statement_timeout', '0', false)")
    raw.autocommit = False


with current_app.extensions["migrate"].db.engine.connect() as our_connection:
    if our_connection.dialect.name == "sqlite":
        run_on_sqlite(our_connection)
    else:
        hurry(our_connection)
        run(our_connection)
