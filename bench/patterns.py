"""Databases with all tables and no rows, made once on each database: what is measured begins with a copy of one."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from review.cli.database import migrate_database
from review.config import JobsMode
from tests.conftest import make_settings
from tests.postgres import PostgresServer

SQLITE, POSTGRESQL = "sqlite", "postgresql"
PATTERN = "pattern"
"""The name of the database that others are copied from."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """A pattern of each database; `server` has that of PostgreSQL, `data` all of it for servers that begin anew."""

    folder: Path
    server: PostgresServer

    @property
    def data(self) -> Path:
        """Return the folder that another server may begin with."""
        return self.folder / PATTERN

    @property
    def _file(self) -> Path:
        return self.folder / f"{PATTERN}.db"

    def make(self, pool: Executor) -> None:
        """Make both beside each other."""
        addresses = {
            SQLITE: f"sqlite:///{self._file}",
            POSTGRESQL: self.server.url(self.server.create_database(PATTERN)),
        }
        for made in [pool.submit(make_tables, self.folder / name, url) for name, url in addresses.items()]:
            made.result()
        self.server.leave_data(self.data)

    def copy(self, database: str, file: Path) -> str:
        """Copy a pattern; return the address of a PostgreSQL database, or of the SQLite file."""
        if database == POSTGRESQL:
            return self.server.url(self.server.create_database(template=PATTERN))
        copyfile(self._file, file)
        return f"sqlite:///{file}"


def make_tables(folder: Path, url: str) -> None:
    """Make all tables in an empty database."""
    folder.mkdir()
    migrate_database(make_settings(url, folder, jobs=JobsMode.DBOS))
