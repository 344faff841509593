"""`dualtrack db`: bring the database to this version of the program."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from review.config import ROOT, Settings, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOCK = "migration"
"""The name that is held while the tables are made, changed or restored; no worker's."""
WAIT_SECONDS = 0.5
LOCKED = "55P03"
"""What PostgreSQL says when a table is in use for longer than a migration waits for it."""
MOST_TRIES = 60


@click.group()
def db() -> None:
    """The database."""


@db.command()
def migrate() -> None:
    """Create the tables, or bring them to this version; safe to repeat, and to start on several hosts at once."""
    migrate_database(read_settings())
    click.echo("The database is at this version.")


@db.command("mend-lists")
def mend_lists() -> None:
    """Write anew what cases and requests keep for lists and searches, and the triggers that keep it; safe to repeat."""
    from sqlalchemy.orm import Session

    from review.extensions import make_engine
    from review.services.kept_columns import write_kept_columns

    engine = make_engine(read_settings())
    with Session(engine) as session:
        write_kept_columns(session)
        session.commit()
    engine.dispose()
    click.echo("What is kept for lists is as it should be.")


@db.command()
@click.argument("message")
def revise(message: str) -> None:
    """Write the next revision: what changes the tables into what the models say. For developers; read it before use."""
    from flask_migrate import migrate as write_revision

    from review import create_app
    from review.extensions import add_migrations

    app = create_app(read_settings())
    add_migrations(app)
    number = len(list((ROOT / "migrations" / "versions").glob("[0-9]*.py"))) + 1
    with app.app_context():
        write_revision(message=message, rev_id=f"{number:04}")


def migrate_database(settings: Settings) -> None:
    """Bring our tables and the job engine's to this version, unless they are there; one process at a time."""
    from review.adapters.job_slots import make_slot_locks
    from review.adapters.revisions import has_everything
    from review.extensions import make_engine

    engine = make_engine(settings)
    locks = make_slot_locks(engine, settings.var_dir / "slots")
    while not locks.hold(LOCK):
        time.sleep(WAIT_SECONDS)
    try:
        if not has_everything(engine):
            bring_up(settings)
    finally:
        locks.drop(LOCK)
        engine.dispose()


def bring_up(settings: Settings) -> None:
    """Bring the tables to this version, for whoever holds the lock of migrations."""
    from review import create_app
    from review.adapters.job_client import migrate_job_tables
    from review.extensions import add_migrations
    from review.extensions import db as database

    app = create_app(settings)
    add_migrations(app)
    with app.app_context():
        try:
            _upgrade(database.engine)
            migrate_job_tables(database.engine)
        finally:
            database.engine.dispose()


def is_prepared(settings: Settings) -> bool:
    """Tell whether the tables are there for this version, and nobody migrates or restores them at the moment."""
    from review.adapters.backup_database import sqlite_path
    from review.adapters.job_slots import is_held
    from review.adapters.revisions import can_serve, read_revision
    from review.extensions import make_engine

    if settings.is_sqlite and not sqlite_path(settings.database_url).exists():  # to look would make one
        return False
    engine = make_engine(settings)
    try:
        return not is_held(engine, settings.var_dir / "slots", LOCK) and can_serve(read_revision(engine))
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> None:
    """Apply the revisions that are missing; a database that a newer version has been at stays as it is.

    A change of a table waits a few seconds for those who use it, lets them pass, and tries again.
    """
    from flask_migrate import upgrade
    from sqlalchemy.exc import OperationalError

    from review.adapters.revisions import newest_revision, read_revision

    if (read_revision(engine) or "") > newest_revision():
        click.echo("The database is at a newer version's revision already.", err=True)
        return
    for _ in range(MOST_TRIES):
        try:
            upgrade()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCKED:
                raise
            click.echo("A table is in use; the migration tries again.", err=True)
        else:
            return
    raise click.ClickException("The tables are in use all the time; stop what uses them, and try again.")
