"""A database copied out at one moment while others write, and put back; PostgreSQL by its own programs."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from review.adapters.backup_file import BackupFault, Tell
from review.adapters.backup_rows import list_postgres_tables

COPYING, LOADING = "Copying the database", "Loading the database"
READ_ONLY = "default_transaction_read_only"
PAGES_A_STEP = 4096
LOOK_SECONDS = 0.5
INSTALLED = Path("/usr/lib/postgresql")


def sqlite_path(database_url: str) -> Path:
    """Return the file of an SQLite database."""
    return Path(make_url(database_url).database or "").absolute()


def copy_sqlite(source: Path, target: Path, *, tell: Tell) -> None:
    """Copy an SQLite database as it is at one moment; people read and write meanwhile.

    The read transaction that is held from before the first page keeps the moment: without it every write of somebody
    else would begin the copy anew.
    """
    with (
        closing(sqlite3.connect(source, isolation_level=None, timeout=30)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        here.execute("BEGIN")
        here.execute("SELECT count(*) FROM sqlite_master").fetchone()
        here.backup(there, pages=PAGES_A_STEP, progress=lambda _status, left, total: tell(COPYING, total - left, total))
        here.execute("ROLLBACK")
        settle_sqlite(there)
    with closing(sqlite3.connect(target)) as there:
        verdict = there.execute("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        raise BackupFault(f"The database is damaged: {verdict}")


def settle_sqlite(connection: sqlite3.Connection) -> None:
    """Make a database one file again, without a log beside it."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("PRAGMA journal_mode=DELETE").fetchall()


def dump_postgres(database_url: str, target: Path, connection: psycopg.Connection[Any], *, tell: Tell) -> None:
    """Dump what the connection's transaction sees, which must be REPEATABLE READ."""
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    snapshot = str(row[0]) if row else ""
    program = find_program("pg_dump", connection.info.server_version // 10000)
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
    run_program([program, *options], database_url, watched=target, what=COPYING, tell=tell)


def load_postgres(database_url: str, source: Path, version: int, *, tell: Tell) -> None:
    """Load a dump into an empty database, all of it or nothing."""
    program = find_program("pg_restore", version)
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    run_program([program, *options, str(source)], database_url, watched=None, what=LOADING, tell=tell)


def check_dump(source: Path) -> None:
    """Say by BackupFault when pg_restore cannot read a dump."""
    program = find_program("pg_restore", 0)
    done = subprocess.run([program, "--list", source], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupFault(f"pg_restore cannot read the database in the backup: {done.stderr.strip()}")


def empty_postgres(connection: psycopg.Connection[Any]) -> None:
    """Drop all that is in a database that was empty before."""
    for schema, name in list_postgres_tables(connection):
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(schema, name)))
    connection.execute("DROP SCHEMA IF EXISTS dbos CASCADE")
    connection.commit()


def allow_writing(database_url: str) -> str:
    """Return the address by which one may write where everybody else can only read."""
    url = make_url(database_url)
    options = " ".join(filter(None, [str(url.query.get("options", "")), f"-c{READ_ONLY}=off"]))
    return url.update_query_dict({"options": options}).render_as_string(hide_password=False)


def change_writing(connection: psycopg.Connection[Any], *, is_read_only: bool) -> None:
    """Let new sessions in this database only read, or write again; BackupFault for who does not own it."""
    change = sql.SQL("SET {} = on" if is_read_only else "RESET {}").format(sql.Identifier(READ_ONLY))
    name = sql.Identifier(connection.info.dbname)
    try:
        connection.execute(sql.SQL("ALTER DATABASE {} {}").format(name, change))
        connection.commit()
    except psycopg.errors.InsufficientPrivilege as error:
        raise BackupFault(
            f"The user {connection.info.user} does not own the database {connection.info.dbname}: "
            f"ALTER DATABASE {connection.info.dbname} OWNER TO {connection.info.user}"
        ) from error


def find_program(name: str, version: int) -> str:
    """Return the program of PostgreSQL that fits a server best: of its version, or else of the next one above.

    Raises BackupFault with what to install.
    """
    paths = [*INSTALLED.glob(f"*/bin/{name}"), *filter(None, [Path(shutil.which(name) or "")])]
    fitting = sorted((found, str(path)) for path in paths if path.is_file() and (found := _version(path)) >= version)
    if not fitting:
        package = f"postgresql-client-{version}" if version else "postgresql-client"
        raise BackupFault(f"The program {name} is missing, or older than the server: apt-get install {package}")
    return fitting[0][1]


def _version(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else -1


def run_program(command: list[str], database_url: str, *, watched: Path | None, what: str, tell: Tell) -> None:
    """Run a program of PostgreSQL on a database; the password is in nobody's list of processes."""
    url = make_url(database_url)
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    place, mark, options = plain.render_as_string(hide_password=False).partition("?")
    address = f"--dbname={place}{mark}{options.replace('+', '%20')}"  # these programs know no + for a space
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([*command, address], env=environment, stdout=errors, stderr=errors)  # noqa: S603
        while process.poll() is None:
            try:
                process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                done = watched.stat().st_size if watched is not None and watched.exists() else 0
                tell(what, done, 0)
        errors.seek(0)
        said = errors.read().strip()
    if process.returncode:
        raise BackupFault(f"{Path(command[0]).name} failed: {said}")
