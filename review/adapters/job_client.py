"""The job engine (DBOS) as those see it who ask for work: its tables, and enqueueing in the caller's transaction.

Only this module and review.adapters.job_engine know the engine.
"""

from __future__ import annotations

from typing import Any

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.jobs import Job, Queue

APPLICATION = "dualtrack"
VERSION = "jobs-1"
"""Constant over releases, else a new release would leave the old one's jobs lying; counts up when `run_job` changes."""
WORKFLOW = "job"
SERIALIZER = DBOSPortableJSONSerializer()


class JobClient:
    """The side that enqueues. It has its own connections: one of ours would wait for our own open write transaction."""

    def __init__(self, database_url: str) -> None:
        self._client = DBOSClient(
            system_database_url=system_url(database_url),
            serializer=SERIALIZER,
            application_name=APPLICATION,
            lazy=True,
        )

    def add(self, session: Session, job: Job, args: tuple[Any, ...], key: str, share: str) -> None:
        """Write a job in the session's transaction; a key that is known does nothing."""
        session.flush()
        options: Any = {
            "workflow_name": WORKFLOW,
            "queue_name": Queue.BATCH if share else Queue.ASKED,
            "workflow_id": key,
            "app_version": VERSION,
        }
        if share:
            options["queue_partition_key"] = share
        self._client.enqueue_in_transaction(session, options, job.name, list(args), share)


def migrate_job_tables(engine: Engine) -> None:
    """Create or upgrade the job engine's tables."""
    url = engine.url.render_as_string(hide_password=False)
    DBOS.migrate(system_url(url))
    SQLAlchemyDatasource.create(url, engine=engine, serializer=SERIALIZER)


def system_url(database_url: str) -> str:
    """Return the address of a database as the engine wants it."""
    return database_url.replace("+psycopg", "")
