"""`dualtrack db`: bring the database to this version of the program."""

from __future__ import annotations

import time

import click

from review.config import ROOT, Settings, read_settings

LOCK = "migration"
WAIT_SECONDS = 0.5


@click.group()
def db() -> None:
    """The database."""


@db.command()
def migrate() -> None:
    """Create the tables, or bring them to this version; safe to repeat, and to start on several hosts at once."""
    migrate_database(read_settings())
    click.echo("The database is at this version.")


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
    """Bring our tables and the job engine's to this version; one process at a time."""
    from review.adapters.job_slots import make_slot_locks
    from review.extensions import make_engine

    engine = make_engine(settings)
    locks = make_slot_locks(engine, settings.var_dir / "slots")
    while not locks.hold(LOCK):
        time.sleep(WAIT_SECONDS)
    try:
        bring_up(settings)
    finally:
        locks.drop(LOCK)
        engine.dispose()


def bring_up(settings: Settings) -> None:
    """Bring the tables to this version, for whoever holds the lock of migrations."""
    from flask_migrate import upgrade

    from review import create_app
    from review.adapters.job_engine import migrate_job_tables
    from review.extensions import add_migrations
    from review.extensions import db as database

    app = create_app(settings)
    add_migrations(app)
    with app.app_context():
        try:
            upgrade()
            migrate_job_tables(database.engine)
        finally:
            database.engine.dispose()
