"""Names for workers, each held by one living process: locks that the kernel or PostgreSQL drops when it dies."""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path
from typing import IO, Protocol

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError


class SlotLocks(Protocol):
    """Who is alive."""

    def hold(self, name: str) -> bool:
        """Take a name; False when a living process holds it."""

    def drop(self, name: str) -> None:
        """Give a name back."""

    def still_holds(self, name: str) -> bool:
        """Tell whether the name is still ours; a lost database connection loses it."""


def make_slot_locks(engine: Engine, folder: Path) -> SlotLocks:
    """Return locks that reach as far as the database does: one machine for SQLite, every host for PostgreSQL."""
    return PostgresSlots(engine) if engine.dialect.name == "postgresql" else FileSlots(folder)


class FileSlots:
    """Locks on files, for the workers of one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, IO[str]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def hold(self, name: str) -> bool:
        """Take a name; False when a living process holds it."""
        file = (self._folder / f"{name}.lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._held[name] = file
        return True

    def drop(self, name: str) -> None:
        """Give a name back."""
        self._held.pop(name).close()

    def still_holds(self, name: str) -> bool:
        """Tell whether the name is still ours: a file's lock lasts as long as the process."""
        return name in self._held


KEEPALIVES = {"tcp_keepalives_idle": 20, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}
"""After how many seconds of silence the server asks whether a host is there, how often and how many times.

A host that loses its power says nothing; by the system's own values the server would hold its locks for two hours.
"""


class PostgresSlots:
    """Advisory locks, for the workers of every host on one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[str, Connection] = {}

    def hold(self, name: str) -> bool:
        """Take a name; False when a living process holds it."""
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        for setting, value in KEEPALIVES.items():
            connection.execute(sa.select(sa.func.set_config(setting, str(value), sa.false())))
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_number(name)))):
            connection.close()
            return False
        self._held[name] = connection
        return True

    def drop(self, name: str) -> None:
        """Give a name back."""
        connection = self._held.pop(name)
        connection.scalar(sa.select(sa.func.pg_advisory_unlock(_number(name))))
        connection.close()

    def still_holds(self, name: str) -> bool:
        """Tell whether the name is still ours: the lock lasts as long as the connection."""
        try:
            return self._held[name].scalar(sa.select(sa.literal(1))) == 1
        except SQLAlchemyError:
            return False


def count_living(engine: Engine, folder: Path, *, but: str) -> int:
    """Return how many names are held by living processes, without one that is no worker's."""
    if engine.dialect.name != "postgresql":
        return sum(_is_held(path) for path in folder.glob("*.lock") if path.stem != but)
    number = _number(but) % 2**64
    held = sa.text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND NOT (classid::bigint = :high AND objid::bigint = :low)"
    )
    with engine.connect() as connection:
        return connection.scalar(held, {"high": number >> 32, "low": number % 2**32}) or 0


def _is_held(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _number(name: str) -> int:
    digest = hashlib.sha256(f"dualtrack-worker:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
