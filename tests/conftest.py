"""What every test stands on: a real database of its own, the app, a session, a browserless client, a fixed moment.

SQLite: each worker migrates one file, each test works on a copy. PostgreSQL: the worker starts a server of its own and
each test gets a database made from a migrated template. Mark a test `both_databases` to run it on both. Scenes that
builders leave in an untouched database are kept for the tests that follow (tests/kept.py).
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review import create_app
from review.adapters.jobs import run_inline
from review.config import JobsMode, Settings
from review.extensions import add_migrations, db, make_engine
from tests.compiled_once import COMPILED, share_statements
from tests.factories import Scene, open_scene
from tests.kept import watch_database, watch_file
from tests.order import put_long_first
from tests.personas import Company, found_company
from tests.postgres import PostgresServer

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
CSRF_SECRET = "0" * 40
MOST_YOUNG = (20_000, 50, 20)  # one app is 20,000 objects: Python itself would look for garbage after each 700
Statements = Callable[[], AbstractContextManager[list[str]]]

# The product is started many hundred times: it is compiled once, whatever the machine says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
hypothesis_settings.register_profile("house", deadline=None, print_blob=True)
hypothesis_settings.load_profile("house")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests marked `both_databases` on SQLite and on PostgreSQL; all others on SQLite."""
    if metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    put_long_first(items)


def pytest_collection_finish() -> None:
    """Set aside what importing and collecting made: it stays to the end, and looking for garbage in it takes long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*MOST_YOUNG)


@pytest.fixture
def now() -> datetime:
    """Return the moment at which every test takes place: a Monday morning."""
    return NOW


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Return the database this test runs on."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file to copy from."""
    folder = tmp_path_factory.mktemp("template")
    path = folder / "template.db"
    migrate(f"sqlite:///{path}", folder)
    return path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Return this worker's PostgreSQL server, with a migrated database named `template`."""
    with PostgresServer() as server:
        server.create_database("template")
        migrate(server.url("template"), tmp_path_factory.mktemp("postgresql"))
        yield server


@pytest.fixture
def new_database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Return a function that makes a migrated, empty database that is this test's alone and returns its address."""
    with ExitStack() as ends:
        numbers = count()

        def make() -> str:
            if database_kind == "sqlite":
                path = tmp_path / f"test{next(numbers) or ''}.db"
                shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
                return ends.enter_context(watch_file(path))
            return ends.enter_context(watch_database(request.getfixturevalue("postgres")))

        yield make


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """Return the address of a migrated, empty database that is this test's alone."""
    return new_database()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return the settings of this test's installation: files, mail and keys below its own folder."""
    return make_settings(database_url, tmp_path)


@pytest.fixture
def engine(settings: Settings) -> Iterator[sa.Engine]:
    """Return an engine on this test's database, set up as in the app."""
    engine = make_engine(settings)
    share_statements(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """Return a plain session; what it wrote is committed when the client next asks for a page."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def app(settings: Settings, now: datetime) -> Iterator[Flask]:
    """Return the whole app, its clock stopped at `now`."""
    app = create_app(settings)
    app.extensions["clock"] = lambda: now
    app.test_client_class = HouseClient
    app.jinja_env.bytecode_cache = COMPILED
    with app.app_context():
        share_statements(db.engine)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    """Return a client that sends the CSRF token by itself; a test of CSRF passes `csrf=False`."""
    client = app.test_client()
    assert isinstance(client, HouseClient)
    client.setup_session = session
    return client


@pytest.fixture
def company(session: Session) -> Company:
    """Return the company in the database: everybody of the cast, with their levels and managers."""
    return found_company(session)


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with its company and one committee, without a case; a file may have a scene of its own."""
    return open_scene(session, now)


@pytest.fixture
def run_jobs(app: Flask, session: Session, now: datetime) -> Callable[[], int]:
    """Return a function that runs the jobs asked for so far by the app and by the session; it tells how many ran."""

    def run() -> int:
        session.commit()
        with app.app_context():
            count = run_inline(db.session(), now=now)
        return count + run_inline(session, now=now)

    return run


@pytest.fixture
def statements() -> Statements:
    """Return a context manager that lists the SQL statements issued inside it, transaction control left out."""

    @contextmanager
    def listen() -> Iterator[list[str]]:
        issued: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                issued.append(statement)

        event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            yield issued
        finally:
            event.remove(sa.Engine, "before_cursor_execute", note)

    return listen


class HouseClient(FlaskClient):
    """A test client that ends the test's own transaction before each request, and brings the CSRF token."""

    setup_session: Session | None = None

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        """Send a request; the test's session is committed first, so that both see the same rows."""
        if self.setup_session is not None:
            self.setup_session.commit()
        if csrf and str(kwargs.get("method", "GET")).upper() not in {"GET", "HEAD", "OPTIONS"}:
            with self.session_transaction() as cookie:
                cookie["csrf_token"] = CSRF_SECRET
            signer = URLSafeTimedSerializer(str(self.application.config["SECRET_KEY"]), salt="wtf-csrf-token")
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": signer.dumps(CSRF_SECRET)}
        return super().open(*args, **kwargs)


def make_settings(database_url: str, folder: Path, **changes: Any) -> Settings:
    """Return settings for a test's installation below a folder."""
    (folder / "files").mkdir(exist_ok=True)
    values: dict[str, Any] = {
        "database_url": database_url,
        "secret_key": "test-secret-key-" * 3,
        "audit_key": "test-audit-key--" * 3,
        "var_dir": folder,
        "files_dir": folder / "files",
        "public_url": "http://localhost",
        "mail": f"file:{folder / 'mail'}",
        "jobs": JobsMode.INLINE,
        "render_processes": 1,
        "is_testing": True,
    }
    return Settings(**{**values, **changes})


def migrate(database_url: str, folder: Path) -> None:
    """Bring an empty database to the newest revision."""
    from flask_migrate import upgrade

    app = create_app(make_settings(database_url, folder))
    add_migrations(app)
    with app.app_context():
        upgrade()
        db.engine.dispose()


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which another process runs with these settings."""
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "AUDIT_KEY": settings.audit_key,
        "VAR_DIR": str(settings.var_dir),
        "FILES_DIR": str(settings.files_dir),
        "BIND": settings.bind,
        "PUBLIC_URL": settings.public_url,
        "MAIL": settings.mail,
        "JOBS": settings.jobs.value,
        "RENDER_PROCESSES": str(settings.render_processes),
        "WEB_WORKERS": str(settings.web_workers),
        "DRAIN_SECONDS": str(settings.drain_seconds),
    }
