"""Keeps what the builders of scenes leave behind: a later test that asks for the same is handed a copy.

What a builder leaves in the database hangs on two things only: what was there when it began, and its arguments. Both
are known as long as nobody but builders has written to the database since it was made; the database itself is asked.
As soon as anybody else has written, builders build. A builder marked `kept` commits before it returns, takes its
session (or something that has one) first, and returns numbers, words, values and rows, no secrets of a client. The
jobs that wait in the session's process once it is done are kept with its result.
"""

from __future__ import annotations

import io
import pickle
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from itertools import count
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar, cast

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.adapters.jobs import InlineJobs
from review.models.base import Base
from tests.postgres import PostgresContent, PostgresServer

P = ParamSpec("P")
T = TypeVar("T")
MIGRATED = 0
WITHOUT_LOG = bytes((1, 1))  # what a file's bytes 18 and 19 say when no write-ahead log belongs to it


class Database(Protocol):
    """A test's database: when it was last written to, and all that is in it."""

    kind: str

    def tell_version(self) -> object:
        """Return a value that is another one as soon as anybody has written."""

    def take(self) -> object:
        """Return all that is in the database."""

    def put(self, content: Any, over: Any) -> None:
        """Replace all that is in the database, which is `over`."""


class SqliteFile:
    """A test's SQLite file, seen by a connection that nobody else uses."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA synchronous=OFF")

    def tell_version(self) -> object:
        """Return SQLite's own mark, which changes with each commit of another connection."""
        return self.connection.execute("PRAGMA data_version").fetchone()[0]

    def take(self) -> bytes:
        """Return the pages, as a file without a log would hold them."""
        memory = sqlite3.connect(":memory:")
        self.connection.backup(memory)
        pages = memory.serialize()
        memory.close()
        return pages[:18] + WITHOUT_LOG + pages[20:]

    def put(self, content: bytes, over: object) -> None:
        """Write the pages in one transaction; connections of others see them as they see any commit."""
        memory = sqlite3.connect(":memory:")
        memory.deserialize(content)
        memory.backup(self.connection)
        memory.close()

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


class PostgresDatabase:
    """A test's database on the worker's own server, where nobody works but this test."""

    kind = "postgresql"

    def __init__(self, server: PostgresServer, name: str) -> None:
        self.server, self.name = server, name

    def tell_version(self) -> object:
        """Return the number that the next transaction that writes will get."""
        return self.server.next_transaction()

    def take(self) -> PostgresContent:
        """Return the rows of all tables and the places of all sequences."""
        return self.server.take(self.name)

    def put(self, content: PostgresContent, over: PostgresContent) -> None:
        """Replace the rows of the tables that differ."""
        self.server.put(self.name, content, over)


@dataclass
class Place:
    """A database of which it is known what is in it: the state a builder left, and when that was."""

    database: Database
    state: int
    version: object

    @property
    def is_untouched(self) -> bool:
        """Tell whether nobody has written since."""
        return self.database.tell_version() == self.version

    def look(self) -> None:
        """Note what is there now as a state, unless it is the one that is known."""
        if not self.is_untouched:
            self.state = next(NUMBERS)
            CONTENTS[self.database.kind, self.state] = self.database.take()
            self.version = self.database.tell_version()

    def bring(self, state: int) -> None:
        """Put a state that was noted before in the place of the one that is there."""
        kind = self.database.kind
        if state != self.state:
            if (kind, self.state) not in CONTENTS:
                CONTENTS[kind, self.state] = self.database.take()
            self.database.put(CONTENTS[kind, state], CONTENTS[kind, self.state])
            self.state, self.version = state, self.database.tell_version()


@dataclass(frozen=True, slots=True)
class Waiting:
    """The jobs that were asked for and did not run yet, and the keys that were used."""

    ready: tuple[Any, ...]
    seen: frozenset[str]

    @classmethod
    def take(cls, session: Session) -> Waiting:
        """Return what waits in the process of a session."""
        jobs = find_jobs(session)
        return cls(tuple(jobs.ready), frozenset(jobs.seen))

    def put(self, session: Session) -> None:
        """Let the same wait in the process of another session."""
        jobs = find_jobs(session)
        jobs.ready[:], jobs.seen = self.ready, set(self.seen)


NUMBERS = count(MIGRATED + 1)
PLACES: dict[str, Place] = {}
CONTENTS: dict[tuple[str, int], object] = {}
OUTCOMES: dict[tuple[str, int, bytes], tuple[int, bytes, Waiting]] = {}


@contextmanager
def watch(url: str, database: Database) -> Iterator[str]:
    """Let builders know a database that has just been migrated, and return its address."""
    PLACES[url] = Place(database, MIGRATED, database.tell_version())
    yield url
    PLACES.pop(url, None)


@contextmanager
def watch_file(path: Path) -> Iterator[str]:
    """Let builders know an SQLite file that has just been migrated, and return its address."""
    file = SqliteFile(path)
    with watch(f"sqlite:///{path}", file):
        yield f"sqlite:///{path}"
    file.close()


@contextmanager
def watch_database(server: PostgresServer) -> Iterator[str]:
    """Make a database from the migrated template, let builders know it, return its address; it goes in the end."""
    name = server.create_database(template="template")
    with watch(server.url(name), PostgresDatabase(server, name)):
        yield server.url(name)
    server.drop_database(name)


def forget(session: Session) -> None:
    """Let every builder build in this session's database from now on."""
    PLACES.pop(find_url(session), None)


def kept(build: Callable[P, T]) -> Callable[P, T]:
    """Let a builder's second call with the same arguments, on a database in the same state, be a copy of the first."""
    name, takes = f"{build.__module__}.{build.__qualname__}", signature(build)

    @wraps(build)
    def build_or_copy(*args: P.args, **kwargs: P.kwargs) -> T:
        given = takes.bind(*args, **kwargs)
        given.apply_defaults()
        first = next(iter(given.arguments.values()))
        session = cast(Session, first if isinstance(first, Session) else first.session)
        place = PLACES.get(find_url(session))
        if place is None:
            return build(*args, **kwargs)
        session.commit()
        if not place.is_untouched:
            return build(*args, **kwargs)
        step = (place.database.kind, place.state, pack((name, given.arguments), session))
        if step not in OUTCOMES:
            result = build(*args, **kwargs)
            session.commit()
            place.look()
            OUTCOMES[step] = place.state, pack(result, session), Waiting.take(session)
            return result
        state, packed, waiting = OUTCOMES[step]
        place.bring(state)
        waiting.put(session)
        return cast(T, unpack(packed, session))

    return build_or_copy


def find_jobs(session: Session) -> InlineJobs:
    """Return the jobs of a session's process."""
    jobs: InlineJobs = session.get_bind().get_execution_options()["jobs"]
    return jobs


def find_url(session: Session) -> str:
    """Return the address of a session's database."""
    return session.get_bind().engine.url.render_as_string(hide_password=False)


def pack(value: object, session: Session) -> bytes:
    """Return a value as bytes, the same for the same value; its session and its rows are only named."""
    packed = io.BytesIO()
    pickler = Packer(packed, session)
    pickler.fast = True  # an object met twice is written twice, so that bytes tell nothing but values
    pickler.dump(value)
    return packed.getvalue()


def unpack(packed: bytes, session: Session) -> object:
    """Return the value, with this session in the place of the other; rows are read anew when they are asked."""
    session.expire_all()
    value = Unpacker(io.BytesIO(packed), session).load()
    session.commit()
    return value


class Packer(pickle.Pickler):
    """Names the session, a browser and rows instead of writing them."""

    def __init__(self, file: io.BytesIO, session: Session) -> None:
        super().__init__(file)
        self.session = session

    def persistent_id(self, value: object) -> object:
        """Return the name of a session, a browser or a row, None for all else."""
        if value is self.session:
            return ("session",)
        if isinstance(value, FlaskClient):
            return ("browser",)  # of this test; a builder is given it and does not return it
        if isinstance(value, Base):
            state = sa.inspect(value)
            assert state.persistent, value
            return ("row", type(value), state.identity)
        return None


class Unpacker(pickle.Unpickler):
    """Finds the session and rows again."""

    def __init__(self, file: io.BytesIO, session: Session) -> None:
        super().__init__(file)
        self.session = session

    def persistent_load(self, name: Any) -> object:
        """Return what a name stands for."""
        if name[0] == "session":
            return self.session
        return self.session.get_one(name[1], name[2])
