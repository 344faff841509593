"""The objects that join Flask to its parts (database, sign-in, forms, languages), and the engine every process uses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import Session

from review.adapters.connections import PATIENT, READS_ONLY, Limits, is_away, pool_options, set_limits
from review.adapters.jobs import EngineJobs, InlineJobs
from review.config import ROOT, JobsMode, Settings
from review.models.base import Base
from review.queries.ready import run_words
from review.queries.statement_plans import STANDING_ALONE

LOOKS_AHEAD = "looks_ahead"
OPENED = "opened"
TRANSLATIONS = "translations"
READING_METHODS = frozenset({"GET", "HEAD"})
KEPT_LENGTH, KEPT_PARAMETERS = 16_384, 240
PRAGMAS = ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


class PageDomain(Domain):
    """The sentences of the app in the reader's language, found once a request: a page asks for hundreds of them."""

    def get_translations(self) -> Any:
        """Return the translations of this request; outside of any, sentences stay as they are written."""
        try:
            found = g.get(TRANSLATIONS)
        except RuntimeError:  # there is no request; asking for that first would take as long as this
            return super().get_translations()  # type: ignore[no-untyped-call]
        if found is None:
            found = super().get_translations()  # type: ignore[no-untyped-call]
            setattr(g, TRANSLATIONS, found)
        return found


class PageBabel(Babel):
    """Flask-Babel with translations that are found once a request."""

    domain_instance = PageDomain()  # type: ignore[no-untyped-call]

    def init_app(self, app: Flask, *args: Any, **kwargs: Any) -> None:
        """Join the app to its languages; templates ask for a sentence without going through Jinja's own three calls."""
        super().init_app(app, *args, **kwargs)  # type: ignore[no-untyped-call]
        app.jinja_env.globals.update(_=self.translate, gettext=self.translate, ngettext=self.translate_many)

    @pass_eval_context
    def translate(self, place: EvalContext, words: str, /, **values: object) -> str:
        """Return a sentence of a template, filled in; in a page, what is filled in is escaped."""
        told = self.domain_instance.get_translations().ugettext(words)
        if not values and "%" not in told:  # as most are: filling in nothing would take longer than finding the words
            return Markup(told) if place.autoescape else str(told)  # noqa: S704 - the sentence is our own
        return (Markup(told) if place.autoescape else told) % values  # noqa: S704 - the sentence is our own

    @pass_eval_context
    def translate_many(self, place: EvalContext, one: str, many: str, num: int, /, **values: object) -> str:
        """Return the sentence of a template for so many things, filled in likewise; `num` is their number in it."""
        told = self.domain_instance.get_translations().ungettext(one, many, num)
        return (Markup(told) if place.autoescape else told) % {"num": num, **values}  # noqa: S704 - our own sentence


db = SQLAlchemy(metadata=Base.metadata)
csrf = CSRFProtect()
login_manager = LoginManager()
babel = PageBabel()  # type: ignore[no-untyped-call]


def add_migrations(app: Flask) -> None:
    """Join the app to the migrations, for `db migrate` and its tests; loading them would slow every start."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(ROOT / "migrations"))


def engine_options(settings: Settings, limits: Limits) -> dict[str, Any]:
    """Return how an engine is made, on PostgreSQL within these limits.

    What people wrote stands in the parameters of statements: errors, which end up in logs, do not repeat them.
    """
    return {"hide_parameters": True, **({} if settings.is_sqlite else pool_options(limits, settings.database_url))}


def make_engine(settings: Settings, limits: Limits = PATIENT) -> Engine:
    """Make an engine for a process that is not a web server."""
    engine = create_engine(settings.database_url, **engine_options(settings, limits))
    set_up_engine(engine, settings, limits)
    return engine


def set_up_engine(engine: Engine, settings: Settings, limits: Limits) -> None:
    """Tune an engine, and give whoever opens a session on it trail key, jobs, files folder, signing key and company."""
    tune_engine(engine, limits)
    engine.update_execution_options(
        audit_key=settings.audit_key,
        files_dir=settings.files_dir,
        signing_key=settings.signing_key,
        company=settings.company,
        leaked=settings.sign_in.leaked,
        jobs=InlineJobs() if settings.jobs is JobsMode.INLINE else EngineJobs(settings.database_url),
    )


def make_no_file(engine: Engine) -> None:
    """Let an engine open the SQLite file that is there, and never make one: for those who serve people.

    Where the file is away, as on a disk that is not mounted, SQLite would make an empty one; whoever had opened that
    would go on with it when the real one is back. Whoever had the file open before would go on writing into it wherever
    it was moved, and nobody would find that again: a connection is used only while its file is the one that is there.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "do_connect")
    def on_do_connect(dialect: Any, record: Any, arguments: Any, _options: Any) -> None:
        if not Path(arguments[0]).is_file():
            raise dialect.dbapi.OperationalError(f"there is no database at {arguments[0]}")
        record.info[OPENED] = arguments[0], _identify(arguments[0])

    @event.listens_for(engine, "checkout")
    def on_checkout(_connection: Any, record: Any, _given: Any) -> None:
        path, opened = record.info[OPENED]
        if _identify(path) != opened:
            raise DisconnectionError(f"another file is at {path}, or none")


def _identify(path: str) -> tuple[int, int] | None:
    """Return what tells a file from all others, wherever it is moved; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at each request, and three times as fast
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def note_reading(error: object = None) -> None:
    """Note that the request that ends has only read: see let_go()."""
    g.has_only_read = error is None and request.method in READING_METHODS


def _keep_prepared(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql" and session.in_transaction() and session.is_active:
        connection = session.connection()
        transaction = None if connection.invalidated else connection.get_transaction()
        if transaction is not None:
            transaction.commit()


def let_go(_error: object = None) -> None:
    """Undo what the request has not committed; a connection that the server has closed meanwhile is thrown away.

    What has only read is ended by COMMIT on PostgreSQL: at a ROLLBACK psycopg forgets what it has prepared, and the
    server would take each statement apart and plan it anew for the next page.
    """
    try:
        if g.get("has_only_read"):
            _keep_prepared(db.session())
        db.session.close()
    except SQLAlchemyError as error:
        if not is_away(error):
            raise
        db.session().invalidate()


@contextmanager
def look_up() -> Iterator[Connection]:
    """Give a connection to look up who is behind a request, by statements that each stand alone.

    Where the request will write, on SQLite, it is not the session's: that begins with the write lock, and the less is
    done under it, the more people can save. On PostgreSQL all statements of a request that only reads stand alone: they
    see what is committed as they would within a transaction there, and neither its begin nor its end is sent.
    """
    is_sqlite, is_reading = db.engine.dialect.name == "sqlite", request.method in READING_METHODS
    if is_reading or not is_sqlite:
        session = db.session()
        is_alone = is_reading and not is_sqlite and not session.in_transaction()
        yield session.connection(execution_options=STANDING_ALONE if is_alone else None)
        return
    setattr(g, LOOKS_AHEAD, True)
    try:
        with db.engine.connect() as connection:
            yield connection
    finally:
        g.pop(LOOKS_AHEAD)


@contextmanager
def look_ahead() -> Iterator[Session]:
    """Give a session that only reads, before a request has its own: nobody who writes is kept waiting meanwhile.

    On SQLite what a request writes begins with the write lock; the less is done under it, the more people can save.
    """
    session = db.session()
    setattr(g, LOOKS_AHEAD, True)
    try:
        yield session
    finally:
        if session.get_bind().dialect.name == "sqlite" and request.method not in READING_METHODS:
            session.close()
        g.pop(LOOKS_AHEAD)


def tune_engine(engine: Engine, limits: Limits = PATIENT) -> None:
    """Make SQLite durable and free of lost writes; PostgreSQL is told how long to wait.

    Writers queue at BEGIN IMMEDIATE (busy_timeout), so that nobody reads a row that somebody else is about to change.
    A GET or HEAD never writes and takes a plain BEGIN: readers wait for nobody. So does what looks ahead or only reads.
    """
    if engine.dialect.name != "sqlite":
        _keep_long_statements()
        set_limits(engine, limits)
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions behind our back
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        is_reading = READS_ONLY in connection.get_execution_options() or (
            has_request_context() and (request.method in READING_METHODS or LOOKS_AHEAD in g)
        )
        run_words(connection, "BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _keep_long_statements() -> None:
    """Let psycopg remember statements as long as ours, which are few; it would take each apart anew at every run."""
    from psycopg import _queries

    _queries.MAX_CACHED_STATEMENT_LENGTH, _queries.MAX_CACHED_STATEMENT_PARAMS = KEPT_LENGTH, KEPT_PARAMETERS
