"""The rows of a database counted and digested table by table, so that two places can be compared."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from review.adapters.backup_file import Table, Tell

STEP = "Counting rows"
_OWN_SCHEMAS = "NOT IN ('pg_catalog', 'information_schema') AND schemaname NOT LIKE 'pg\\_%'"
_SAME_WORDS = (
    "SET LOCAL TIME ZONE 'UTC'",
    "SET LOCAL datestyle TO 'ISO'",
    "SET LOCAL intervalstyle TO 'iso_8601'",
    "SET LOCAL bytea_output TO 'hex'",
    "SET LOCAL extra_float_digits TO 1",
)


def digest_sqlite(path: Path, *, tell: Tell) -> dict[str, Table]:
    """Return what is in each table of an SQLite file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = _read_text
        named = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
        names = sorted(name for (name,) in named)
        found = {}
        for number, name in enumerate(names):
            tell(STEP, number, len(names))
            quoted = name.replace('"', '""')
            found[name] = digest_rows(_sqlite_rows(connection.execute(f'SELECT * FROM "{quoted}"')))  # noqa: S608
    return found


def digest_postgres(connection: psycopg.Connection[Any], *, tell: Tell) -> dict[str, Table]:
    """Return what is in each table that the connection's transaction sees; names carry their schema."""
    for words in _SAME_WORDS:
        connection.execute(words.encode())
    places, found = list_postgres_tables(connection), {}
    for number, (schema, name) in enumerate(places):
        tell(STEP, number, len(places))
        copy = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(schema, name))
        with connection.cursor().copy(copy) as pieces:
            found[f"{schema}.{name}"] = digest_rows(_lines(bytes(piece) for piece in pieces))
    return found


def list_postgres_tables(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Return schema and name of every table that is not PostgreSQL's own."""
    asked = f"SELECT schemaname, tablename FROM pg_tables WHERE schemaname {_OWN_SCHEMAS} ORDER BY 1, 2"  # noqa: S608
    return [(schema, name) for schema, name in connection.execute(asked.encode())]


def digest_rows(rows: Iterable[bytes]) -> Table:
    """Return the number of rows and the sum of their digests, which no order changes."""
    count, total = 0, 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(row).digest(), "big")
    return Table(count, f"{total % 2**256:064x}")


def _sqlite_rows(rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps([value.hex() if isinstance(value, bytes) else value for value in row]).encode()


def _read_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole rows: in this form a line's end is never part of a value."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest
