"""A PostgreSQL server of the tests' own: started on a free loopback port, gone when the tests end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
import psycopg
from psycopg import sql

from tests.ports import free_port

OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=60",
    "lock_timeout=30s",
    "autovacuum=off",
)


@dataclass(frozen=True, slots=True)
class PostgresContent:
    """All that is in a database: the rows of each table as PostgreSQL copies them, the last number of each sequence."""

    rows: dict[str, bytes]
    numbers: dict[str, int | None]


class PostgresServer:
    """A server in a folder of its own; as root it runs as the user `postgres`, as it refuses to run as root.

    Its options make it fast; with none of them (`options=()`) what is committed is on the disk, as in an installation.
    It begins with a copy of `data`, the databases that another server has left by leave_data(), or with none.
    Its folder is made, and goes with it; a user named `postgres` must be able to reach it.
    """

    def __init__(self, options: Sequence[str] = OPTIONS, data: Path | None = None, folder: Path | None = None) -> None:
        self.binaries = find_binaries()
        self.options = options
        self.data = data
        self.folder = folder or Path(tempfile.mkdtemp(prefix="dualtrack-postgresql-"))
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.port = free_port()
        self.user = "postgres" if os.geteuid() == 0 else None
        self.names = (f"test_{n}" for n in count(1))
        self.process: subprocess.Popen[bytes] | None = None
        self.connections: dict[str, psycopg.Connection[Any]] = {}

    def __enter__(self) -> PostgresServer:
        if self.user:
            shutil.chown(self.folder, self.user)
        if self.data:
            _copy_folder(self.data, self.folder / "data")
        else:
            self._make_data()
        self.start()
        return self

    def _make_data(self) -> None:
        initdb: list[str | Path] = [self.binaries / "initdb", "-D", self.folder / "data", "-U", "postgres"]
        subprocess.run(
            [*initdb, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self.user,
            extra_groups=[] if self.user else None,
            cwd=self.folder,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Start the server and wait until it answers; it dies with the tests."""
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.folder / "data", "-k", self.folder]
        command += ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1"]
        for option in self.options:
            command += ["-c", option]
        identity: list[str] = []
        if self.user:
            identity = [f"--reuid={self.user}", f"--regid={pwd.getpwnam(self.user).pw_gid}", "--clear-groups"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", *identity, "--pdeathsig", "QUIT", *command],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        ready: list[str | Path] = [
            self.binaries / "pg_isready",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-q",
            "-t",
            "1",
        ]
        while subprocess.run(ready, check=False).returncode != 0:
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop the server at once, dropping open connections."""
        for name in tuple(self.connections):
            self.connections.pop(name).close()
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()

    def leave_data(self, folder: Path) -> None:
        """Leave a copy of all databases in a folder that is not there yet, for servers to begin with."""
        self.stop()
        _copy_folder(self.folder / "data", folder)
        self.start()

    def kill(self) -> None:
        """Kill the server's first process, as a crash would, and wait until the others have gone after it."""
        assert self.process
        first = psutil.Process(self.process.pid)
        first.suspend()  # or else it could start one more after we have looked
        family = first.children()
        self.process.kill()
        self.process.wait()
        psutil.wait_procs(family)

    def url(self, name: str) -> str:
        """Return the address of a database for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def create_database(self, name: str | None = None, template: str = "template0") -> str:
        """Create a database from a template and return its name."""
        name = name or next(self.names)
        copy = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"  # through the log it takes four times as long
        self._execute(sql.SQL(copy).format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        if name in self.connections:
            self.connections.pop(name).close()
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def next_transaction(self) -> int:
        """Return the number of the next transaction that writes, in whichever database."""
        row = (
            self._connect("postgres").execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
        )
        assert row is not None
        return int(row[0])

    def take(self, name: str) -> PostgresContent:
        """Return all that is in a database."""
        connection = self._connect(name)
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        rows = {}
        for (table,) in tables:
            with connection.cursor().copy(_copy(table, "TO STDOUT")) as pieces:
                rows[table] = b"".join(pieces)
        numbers = connection.execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
        return PostgresContent(rows, dict(numbers.fetchall()))

    def put(self, name: str, content: PostgresContent, over: PostgresContent) -> None:
        """Replace all that is in a database, which is `over`: the tables and sequences that differ."""
        connection = self._connect(name)
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # in any order, without triggers
            for table, rows in content.rows.items():
                if rows == over.rows[table]:
                    continue
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                with connection.cursor().copy(_copy(table, "FROM STDIN")) as copy:
                    copy.write(rows)
            for sequence, number in content.numbers.items():
                if number != over.numbers[sequence]:
                    connection.execute(
                        "SELECT setval(%s::regclass, %s, %s)", (f'"{sequence}"', number or 1, number is not None)
                    )

    def _execute(self, statement: sql.Composed) -> None:
        self._connect("postgres").execute(statement)

    def _connect(self, name: str) -> psycopg.Connection[Any]:
        """Return the connection of the server's own to a database, open until the database goes."""
        if name not in self.connections:
            address = f"host=127.0.0.1 port={self.port} user=postgres dbname={name}"
            self.connections[name] = psycopg.connect(address, autocommit=True)
        return self.connections[name]


def _copy(table: str, way: str) -> sql.Composed:
    return sql.SQL("COPY {} " + way + " (FORMAT binary)").format(sql.Identifier(table))


def _copy_folder(source: Path, target: Path) -> None:
    """Copy a folder of a server that is stopped, with its owner: shutil.copytree gives all to who copies."""
    subprocess.run(["cp", "--archive", source, target], check=True)


def find_binaries() -> Path:
    """Return the folder of the newest PostgreSQL on this machine; raise FileNotFoundError with what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent
