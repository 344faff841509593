"""`dualtrack db`: bring the database to this version of the program."""

from __future__ import annotations

import time

import click

from review.config import Settings, read_settings

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


def migrate_database(settings: Settings) -> None:
    """Bring our tables and the job engine's to this version; one process at a time."""
    from flask_migrate import upgrade

    from review import create_app
    from review.adapters.job_engine import migrate_job_tables
    from review.adapters.job_slots import make_slot_locks
    from review.extensions import add_migrations
    from review.extensions import db as database

    app = create_app(settings)
    add_migrations(app)
    with app.app_context():
        locks = make_slot_locks(database.engine, settings.var_dir / "slots")
        while not locks.hold(LOCK):
            time.sleep(WAIT_SECONDS)
        try:
            upgrade()
            migrate_job_tables(database.engine)
        finally:
            locks.drop(LOCK)
            database.engine.dispose()
