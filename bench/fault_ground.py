"""What each bench of faults stands on: an installation of its own on either database, and people signed in to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from bench.patterns import PATTERN
from review import create_app
from review.cli.database import migrate_database
from review.cli.serve import is_answering, web_command
from review.config import JobsMode, Settings
from review.extensions import db
from review.models import Timer
from tests.conftest import make_settings
from tests.faults.processes import running, wait_for
from tests.ports import free_port
from tests.postgres import OPTIONS, PostgresServer

FILE = "faults.db"
"""The SQLite database in a fault's folder."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a fault is tried: a folder of its own, and a PostgreSQL database without rows; without one SQLite.

    Its tables may be there already. `data`: what a PostgreSQL of its own begins with, the pattern among it.
    """

    folder: Path
    is_quick: bool
    database_url: str = ""
    data: Path | None = None

    @property
    def url(self) -> str:
        """Return the address of the database."""
        return self.database_url or f"sqlite:///{self.folder / FILE}"

    @contextmanager
    def own_server(self, *, is_durable: bool) -> Iterator[tuple[PostgresServer, str]]:
        """Start a PostgreSQL for this fault alone; give it, and the name of a database without rows.

        Args:
            is_durable: what is committed is on the disk, as in an installation.
        """
        with PostgresServer(options=() if is_durable else OPTIONS, data=self.data) as server:
            yield server, server.create_database(template=PATTERN if self.data else "template0")


def installed(folder: Path, url: str, **changes: object) -> Settings:
    """Return the settings of a new installation on a free port; its tables are made."""
    port = free_port()
    settings = make_settings(url, folder, jobs=JobsMode.DBOS, web_workers=2)
    settings = replace(settings, bind=f"127.0.0.1:{port}", public_url=f"http://127.0.0.1:{port}", is_testing=False)
    settings = replace(settings, **changes)  # type: ignore[arg-type]
    migrate_database(settings)
    return settings


@contextmanager
def founding(settings: Settings) -> Iterator[tuple[Flask, Session]]:
    """Give an app and a session to put people and cases in; what they began long ago is due for nobody afterwards."""
    app = create_app(replace(settings, jobs=JobsMode.INLINE))
    with app.app_context():
        session = db.session()
        yield app, session
        session.execute(sa.delete(Timer))
        session.commit()
        db.session.remove()
        db.engine.dispose()


@contextmanager
def serving_site(settings: Settings) -> Iterator[int]:
    """Serve an installation's pages as `dualtrack serve` does; give the port."""
    with running(settings, *web_command(settings)[2:]):
        wait_for(lambda: is_answering(settings.bind), settings)
        yield find_port(settings)


def find_port(settings: Settings) -> int:
    """Return the port of an installation's pages."""
    return int(settings.bind.rpartition(":")[2])
