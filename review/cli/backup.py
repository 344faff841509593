"""`dualtrack backup`: database and files in one file, the keys in another beside it, while people work."""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection, create_engine
from sqlalchemy.orm import Session

from review.adapters.backup_database import copy_sqlite, dump_postgres, sqlite_path
from review.adapters.backup_file import (
    PIECE,
    BackupFault,
    Manifest,
    Table,
    Tell,
    Trail,
    mark_key,
    open_backup,
    write_backup,
)
from review.adapters.backup_keys import collect_keys, keys_beside, write_keys
from review.adapters.backup_rows import digest_postgres, digest_sqlite
from review.adapters.revisions import newest_revision
from review.config import Settings, read_settings
from review.extensions import make_engine
from review.models import AuditHead
from review.queries.kept_files import list_kept_files
from review.services.audit import find_break

QUIET_SECONDS = 1.0


class Progress:
    """Says on the error output how far a step is, no more than once a second."""

    def __init__(self) -> None:
        self.told_at = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Hear how far a step is."""
        now = time.monotonic()
        if now - self.told_at >= QUIET_SECONDS:
            self.told_at = now
            click.echo(f"{what} … {100 * done // total} %" if total else f"{what} …", err=True)


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Turn what is wrong with a backup, a disk or a database into a sentence and exit status 1."""
    try:
        yield
    except BackupFault as fault:
        raise click.ClickException(str(fault)) from fault
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'The disk'}: {error.strerror or error}.") from error
    except psycopg.Error as error:
        raise click.ClickException(f"The database does not answer: {error}") from error


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", "is_forced", is_flag=True, help="Replace a backup of this name.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def backup(file: Path, *, is_forced: bool, is_json: bool) -> None:
    """Write database and files into FILE and the keys into FILE.keys, as they are at one moment, and verify it.

    People may work meanwhile. Exits 1 when the audit trail does not hold; the backup is made all the same.
    """
    with told_in_a_sentence():
        for path in (file, keys_beside(file)):
            if path.exists() and not is_forced:
                raise BackupFault(f"{path} is there already: choose another name, or replace it with --force.")
        if not file.absolute().parent.is_dir():
            raise BackupFault(f"There is no folder {file.absolute().parent}.")
        settings = read_settings()
        manifest = make_backup(settings, file.absolute(), tell=Progress())
    _note(settings, manifest, file)
    rows = sum(table.rows for table in manifest.tables.values())
    broken = manifest.trail.broken_at
    if is_json:
        click.echo(json.dumps(describe(manifest) | {"file": str(file), "keys": str(keys_beside(file))}))
    else:
        click.echo(f"{file}: {rows} rows, {len(manifest.files) - 1} files, {file.stat().st_size} bytes; verified.")
        click.echo(f"Keep {keys_beside(file)} apart from it: who has both can read and rewrite everything.")
        for name in manifest.missing:
            click.echo(f"{name} is named in the database and not in the files folder; it can be made again.", err=True)
        if broken is not None:
            click.echo(f"The audit trail is broken at event {broken}, in the backup too.", err=True)
    sys.exit(0 if broken is None else 1)


def make_backup(settings: Settings, file: Path, *, tell: Tell) -> Manifest:
    """Write a backup and its keys, then read it again from the first byte to the last."""
    from review.adapters.clock import read_clock

    keys, key = collect_keys(settings), settings.audit_key.encode()
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        copy = Path(folder) / "database"
        taken = take_sqlite if settings.is_sqlite else take_postgres
        backup_id = secrets.token_hex(8)
        marks = {name: mark_key(value, backup_id) for name, value in keys.items()}
        manifest = replace(taken(settings, copy, now=read_clock(), tell=tell), id=backup_id, keys=marks)
        write_backup(file, manifest, copy, settings.files_dir, key=key, tell=tell)
        write_keys(keys_beside(file), keys)
    with open_backup(file, tell=tell) as written:
        if not written.is_sealed_by(key) or written.manifest != manifest:
            raise BackupFault(f"{file} cannot be read back as it was written: look at the disk.")
    return manifest


def take_sqlite(settings: Settings, copy: Path, *, now: datetime, tell: Tell) -> Manifest:
    """Copy an SQLite database and say what is in the copy."""
    source = sqlite_path(settings.database_url)
    if not source.exists():
        raise BackupFault(f"There is no database at {source}.")
    copy_sqlite(source, copy, tell=tell)
    tables = digest_sqlite(copy, tell=tell)
    engine = create_engine(f"sqlite:///{copy}", execution_options={"audit_key": settings.audit_key})
    try:
        with engine.connect() as connection:
            return _describe(connection, tables, now)
    finally:
        engine.dispose()


def take_postgres(settings: Settings, copy: Path, *, now: datetime, tell: Tell) -> Manifest:
    """Dump a PostgreSQL database and say what is in it at the moment of the dump."""
    engine = make_engine(settings)
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with engine.connect().execution_options(**options) as connection:
            driver: Any = connection.connection.driver_connection
            dump_postgres(settings.database_url, copy, driver, tell=tell)
            return _describe(connection, digest_postgres(driver, tell=tell), now)
    finally:
        engine.dispose()


def _describe(connection: Connection, tables: dict[str, Table], now: datetime) -> Manifest:
    if not any(name.rpartition(".")[2] == "alembic_version" for name in tables):
        raise BackupFault("This database is not Dualtrack's, or nothing is in it yet.")
    revision = str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))
    with Session(connection) as session:
        head = session.scalar(sa.select(AuditHead))
        trail = Trail(head.seq if head else 0, head.mac if head else "", find_break(session))
        named = list_kept_files(session) if revision == newest_revision() else {}
    server = ".".join(str(part) for part in connection.dialect.server_version_info or ())
    return Manifest(
        id="",
        made_at=now,
        database=connection.dialect.name,
        server=server,
        program=version("dualtrack"),
        revision=revision,
        trail=trail,
        keys={},
        tables=tables,
        missing=sorted(named),
    )


def describe(manifest: Manifest) -> dict[str, object]:
    """Return what a backup holds as plain data."""
    return {**asdict(manifest), "made_at": manifest.made_at.isoformat()}


def _note(settings: Settings, manifest: Manifest, file: Path) -> None:
    """Keep in the trail that the backup was made; when that fails the backup is there all the same."""
    from sqlalchemy.exc import SQLAlchemyError

    from review.services.restored import record_backup

    engine = make_engine(settings)
    try:
        with Session(engine) as session:
            record_backup(session, backup_id=manifest.id, digest=_digest(file), now=manifest.made_at)
            session.commit()
    except SQLAlchemyError as error:
        click.echo(f"That the backup was made could not be recorded: {error}", err=True)
    finally:
        engine.dispose()


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while data := source.read(PIECE):
            digest.update(data)
    return digest.hexdigest()
