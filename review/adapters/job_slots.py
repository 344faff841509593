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

    def regain(self, name: str) -> bool:
        """Take a name again that was lost with its connection; False while somebody else has it."""


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

    def regain(self, name: str) -> bool:
        """Take a name again, which a file's lock never needs while the process lives."""
        return name in self._held or self.hold(name)


class PostgresSlots:
    """Advisory locks, for the workers of every host on one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[str, tuple[Connection, int]] = {}
        self._sessions: dict[str, int] = {}

    def hold(self, name: str) -> bool:
        """Take a name; False when a living process holds it."""
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        is_ours = False
        try:
            asked = sa.select(sa.func.pg_try_advisory_lock(KIND, _number(name)), sa.func.pg_backend_pid())
            held, session = connection.execute(asked).one()
            is_ours = bool(held)
        finally:
            if not is_ours:
                connection.close()
        if is_ours:
            self._held[name], self._sessions[name] = (connection, session), session
        return is_ours

    def drop(self, name: str) -> None:
        """Give a name back."""
        connection, _session = self._held.pop(name)
        with connection:
            connection.scalar(sa.select(sa.func.pg_advisory_unlock(KIND, _number(name))))

    def still_holds(self, name: str) -> bool:
        """Tell whether the name is still ours: the lock lasts as long as the server's session."""
        if name not in self._held:
            return False
        connection, session = self._held[name]
        try:
            return bool(connection.scalar(sa.select(sa.func.pg_backend_pid())) == session)
        except SQLAlchemyError:
            return False

    def regain(self, name: str) -> bool:
        """Take a name again; a session of before is ended that the server takes for alive as our network was cut.

        Raises the database's own error while it is away.
        """
        if name in self._held:
            connection, _session = self._held.pop(name)
            connection.invalidate()
            connection.close()
        if self.hold(name):
            return True
        ours = (*HELD, _is_named(name), LOCKS.c.pid == self._sessions[name])
        with self._engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_terminate_backend(LOCKS.c.pid)).where(*ours))
        return False


KIND = 0x64756C74
"""The first half of each lock's number: the job engine has advisory locks of its own."""
LOCKS = sa.table(
    "pg_locks",
    sa.column("granted", sa.Boolean),
    *(sa.column(name) for name in ("locktype", "objsubid", "database", "classid", "objid", "pid")),
)
_BASES = sa.table("pg_database", sa.column("oid"), sa.column("datname"))
HELD = (
    LOCKS.c.locktype == "advisory",
    LOCKS.c.granted,
    LOCKS.c.objsubid == 2,
    LOCKS.c.database == sa.select(_BASES.c.oid).where(_BASES.c.datname == sa.func.current_database()).scalar_subquery(),
    sa.cast(LOCKS.c.classid, sa.BigInteger) == KIND,
)
"""Which rows of the server's locks are names of ours that somebody holds in this database."""


def is_held(engine: Engine, folder: Path, name: str) -> bool:
    """Tell whether somebody has a name, without taking it."""
    if engine.dialect.name != "postgresql":
        path = folder / f"{name}.lock"
        return path.exists() and _is_held(path)
    with engine.connect() as connection:
        return bool(connection.scalar(_count().where(_is_named(name))))


def count_living(engine: Engine, folder: Path, *, but: str) -> int:
    """Return how many names are held by living processes, without one that is no worker's."""
    if engine.dialect.name != "postgresql":
        return sum(_is_held(path) for path in folder.glob("*.lock") if path.stem != but)
    with engine.connect() as connection:
        return connection.scalar(_count().where(sa.not_(_is_named(but)))) or 0


def _is_named(name: str) -> sa.ColumnElement[bool]:
    return sa.cast(LOCKS.c.objid, sa.BigInteger) == _number(name) % 2**32


def _count() -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(LOCKS).where(*HELD)


def _is_held(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _number(name: str) -> int:
    digest = hashlib.sha256(f"dualtrack-worker:{name}".encode()).digest()
    return int.from_bytes(digest[:4], "big", signed=True)
