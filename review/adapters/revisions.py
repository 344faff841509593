"""Which revisions of the database this version of the program works on, without loading the migrations."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from review.config import ROOT

JOB_SCHEMA = "dbos"
JOB_TABLES = {"dbos_migrations": 125, "dbos_datasource_migrations": 1}
"""Where the job engine keeps the number of its own newest migration, and the number of the release that is pinned."""


def newest_revision() -> str:
    """Return the number that the newest migration's file begins with, which is its revision."""
    return max(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("[0-9]*_*.py"))


def can_serve(revision: str | None) -> bool:
    """Tell whether this version works on a database at a revision: at its own, or at that of the next release.

    A release adds to the tables what it needs and takes away only what the release before it does not use any more.
    """
    return revision is not None and revision >= newest_revision()


def read_revision(engine: Engine) -> str | None:
    """Return the revision of a database, None where there are no tables."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


def has_everything(engine: Engine) -> bool:
    """Tell whether our tables and the job engine's are at this version, without loading what brings them there."""
    schema = JOB_SCHEMA if engine.dialect.name == "postgresql" else None
    if read_revision(engine) != newest_revision():
        return False
    with engine.connect() as connection:
        return all(_read_number(connection, name, schema) == number for name, number in JOB_TABLES.items())


def _read_number(connection: Connection, table: str, schema: str | None) -> object:
    if not sa.inspect(connection).has_table(table, schema=schema):
        return None
    return connection.scalar(sa.select(sa.column("version")).select_from(sa.table(table, schema=schema)))
