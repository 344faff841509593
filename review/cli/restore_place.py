"""The places a backup is restored to: an SQLite file that appears when all is done, or an empty PostgreSQL database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.backup_database import (
    allow_writing,
    change_writing,
    empty_postgres,
    load_postgres,
    settle_sqlite,
    sqlite_path,
)
from review.adapters.backup_file import DATABASE, FILES, BackupFault, Manifest, OpenBackup, Table, Tell, sync_folder
from review.adapters.backup_keys import write_private
from review.adapters.backup_rows import digest_postgres, digest_sqlite, list_postgres_tables
from review.adapters.clock import read_clock
from review.adapters.erasure_list import FILE_NAME, read_list
from review.adapters.job_slots import make_slot_locks
from review.cli.database import LOCK, bring_up, migrate_database
from review.config import Settings
from review.extensions import make_engine
from review.services.audit import find_break
from review.services.restored import MadeSafe, make_safe

Keys = Mapping[str, bytes]
DRAFT = ".restoring"


def restore_sqlite(settings: Settings, source: OpenBackup, keys: Keys, tell: Tell) -> MadeSafe:
    """Restore into a file beside the place; renaming it is the last step: a killed restore leaves no database."""
    if not settings.is_sqlite:
        raise _other_kind("SQLite", "PostgreSQL")
    target = sqlite_path(settings.database_url)
    if target.exists():
        raise BackupFault(f"There is a database at {target}: restore to an empty place, or move it away first.")
    _refuse_full(settings, keys)
    if not target.parent.is_dir():
        raise BackupFault(f"There is no folder {target.parent}.")
    with _drafts(target) as draft, _placed_files(settings, source, tell):
        source.extract(DATABASE, draft)
        compare(source.manifest, digest_sqlite(draft, tell=tell))
        drafted = replace(settings, database_url=f"sqlite:///{draft}")
        migrate_database(drafted)
        made_safe = _make_safe(drafted, source.manifest)
        with closing(sqlite3.connect(draft)) as connection:
            settle_sqlite(connection)
        _write_keys(settings, keys)
        draft.rename(target)
        sync_folder(target.parent)
    return made_safe


def restore_postgres(settings: Settings, source: OpenBackup, keys: Keys, tell: Tell) -> MadeSafe:
    """Restore into the database that the settings name; it is emptied again when something is wrong.

    Meanwhile, and for good when the restore is killed, everybody else can only read there: no mail can go out of a
    place that is not safe yet. Whoever starts `dualtrack serve` waits at the lock of migrations.
    """
    if settings.is_sqlite:
        raise _other_kind("PostgreSQL", "SQLite")
    writing = replace(settings, database_url=allow_writing(settings.database_url))
    engine = make_engine(writing)
    try:
        _refuse_full_database(engine)
        _refuse_full(settings, keys)
        locks = make_slot_locks(engine, settings.var_dir / "slots")
        if not locks.hold(LOCK):
            raise BackupFault("Somebody else is migrating or restoring this database at the moment.")
        try:
            with _read_only(engine), _placed_files(settings, source, tell), _emptied_unless_whole(engine):
                _load(writing, engine, source, tell)
                bring_up(writing)
                made_safe = _make_safe(writing, source.manifest)
                _write_keys(settings, keys)
        finally:
            locks.drop(LOCK)
    finally:
        engine.dispose()
    return made_safe


PLACES: dict[str, Callable[[Settings, OpenBackup, Keys, Tell], MadeSafe]] = {
    "sqlite": restore_sqlite,
    "postgresql": restore_postgres,
}


def compare(manifest: Manifest, found: Mapping[str, Table]) -> None:
    """Say by BackupFault which tables are not as they were."""
    wrong = sorted(
        name for name in manifest.tables.keys() | found.keys() if manifest.tables.get(name) != found.get(name)
    )
    if wrong:
        raise BackupFault(f"These tables are not as they were when the backup was made: {', '.join(wrong)}.")


def _load(settings: Settings, engine: Engine, source: OpenBackup, tell: Tell) -> None:
    dump = settings.var_dir / "restoring.dump"
    dump.unlink(missing_ok=True)
    try:
        source.extract(DATABASE, dump)
        with _driver(engine) as connection:
            version = connection.info.server_version // 10000
        load_postgres(settings.database_url, dump, version, tell=tell)
    finally:
        dump.unlink(missing_ok=True)
    with _driver(engine) as connection:
        compare(source.manifest, digest_postgres(connection, tell=tell))


@contextmanager
def _driver(engine: Engine) -> Iterator[psycopg.Connection[Any]]:
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        yield driver
        driver.rollback()


@contextmanager
def _read_only(engine: Engine) -> Iterator[None]:
    """Let nobody write who does not say that they may, until what happens inside has ended."""
    with _driver(engine) as connection:
        change_writing(connection, is_read_only=True)
    try:
        yield
    finally:
        with _driver(engine) as connection:
            change_writing(connection, is_read_only=False)


@contextmanager
def _emptied_unless_whole(engine: Engine) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with _driver(engine) as connection:
            empty_postgres(connection)
        raise


def _refuse_full_database(engine: Engine) -> None:
    with _driver(engine) as connection:
        tables = list_postgres_tables(connection)
        name = connection.info.dbname
    if tables:
        raise BackupFault(f"The database {name} holds {len(tables)} tables: restore to an empty one (createdb).")


def _refuse_full(settings: Settings, keys: Keys) -> None:
    kept = (path for path in settings.files_dir.rglob("*") if path.is_file())
    if count := sum(settings.files_dir / DRAFT not in path.parents for path in kept):
        raise BackupFault(f"{settings.files_dir} holds {count} files: restore to an empty place.")
    for name, key in keys.items():
        path = settings.var_dir / name
        if path.exists() and path.read_bytes().strip() != key.strip():
            raise BackupFault(f"{path} is the key of another installation: restore to an empty place.")


def _other_kind(made: str, here: str) -> BackupFault:
    return BackupFault(
        f"This is a backup of {made}, and DATABASE_URL names {here}: restore it to {made}. "
        "A backup does not go from one kind of database to the other."
    )


def _write_keys(settings: Settings, keys: Keys) -> None:
    for name, key in keys.items():
        path = settings.var_dir / name
        if not path.exists():
            write_private(path, key)


@contextmanager
def _drafts(target: Path) -> Iterator[Path]:
    """Give the place of the draft; what a restore that was killed has left there, and what is left at the end, goes."""
    draft = target.with_name(f"{target.name}.restoring")
    leftovers = [draft, *(draft.with_name(f"{draft.name}-{part}") for part in ("wal", "shm", "journal"))]
    try:
        for path in leftovers:
            path.unlink(missing_ok=True)
        yield draft
    finally:
        for path in leftovers:
            path.unlink(missing_ok=True)


@contextmanager
def _placed_files(settings: Settings, source: OpenBackup, tell: Tell) -> Iterator[None]:
    """Put the files, each checked, where they belong; they go again when the restore fails.

    They are drafted within their folder, which may be a disk of its own.
    """
    folder, placed, is_whole = settings.files_dir, list[Path](), False
    draft = folder / DRAFT
    try:
        shutil.rmtree(draft, ignore_errors=True)
        _clear(folder)
        draft.mkdir(mode=0o700, parents=True)
        names = source.kept_files()
        for number, name in enumerate(names):
            tell("Writing files", number, len(names))
            source.extract(name, draft / name.removeprefix(FILES))
        for path in sorted(draft.iterdir()):
            placed.append(path.rename(folder / path.name))
        draft.rmdir()
        yield
        is_whole = True
    finally:
        for path in () if is_whole else (draft, *placed):
            shutil.rmtree(path, ignore_errors=True)
            path.unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Take away the folders within one that holds no file."""
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        path.rmdir()


def _make_safe(settings: Settings, manifest: Manifest) -> MadeSafe:
    engine = make_engine(settings)
    try:
        with Session(engine) as session:
            if find_break(session) != manifest.trail.broken_at:
                raise BackupFault("The audit trail does not hold as it did when the backup was made.")
            listed = settings.var_dir / FILE_NAME
            made_safe = make_safe(
                session,
                backup_id=manifest.id,
                made_at=manifest.made_at,
                now=read_clock(),
                erasures=read_list(listed) if listed.is_file() else (),
            )
            session.commit()
            if find_break(session) != manifest.trail.broken_at:
                raise BackupFault("The audit trail does not hold after the restore.")
            return made_safe
    finally:
        engine.dispose()
