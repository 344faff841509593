"""The job engine's own way into its tables: how it joins a server; a file is opened so that it can be guarded."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url

from review.adapters.connections import ENGINE_POOL, driver_options, server_options

PRAGMAS = ("busy_timeout=30000", "foreign_keys=ON")


def open_job_tables(database_url: str) -> Engine | None:
    """Return an engine that is set up as the job engine (DBOS) does it on SQLite; None on a server, where it makes one.

    Its writers queue as ours do; what it only reads stands alone.
    """
    if make_url(database_url).get_backend_name() != "sqlite":
        return None
    engine = create_engine(database_url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def pool_of_engine(url: str) -> dict[str, Any]:
    """Return how many connections the engine may have, and its time-outs, where it is on a server."""
    if not url.startswith("postgresql"):
        return {}
    arguments = {**driver_options(url), **server_options(url)}
    return {"sys_db_pool_size": ENGINE_POOL, "db_engine_kwargs": {"connect_args": arguments}}
