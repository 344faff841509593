"""How processes are joined to the database: how many connections each may have, how long it waits, what is retried.

The one place for all of it; docs/operating.md has the same figures with what they mean for max_connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from review.adapters.pings import ask_where_in_doubt
from review.domain.values import dataclass
from review.queries.statement_plans import plan_once

CONNECT_SECONDS = 5
"""How long a process waits for the server to take a connection: much less than an answer may take."""
UNHEARD_MS = 10_000
"""After how many milliseconds without a sign of the other host a connection is given up."""
KEEPALIVES = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
"""After how many seconds of silence the server asks whether a host is there, how often and how many times.

A host that loses its power says nothing; by the system's own values the server would hold its locks for two hours.
"""
SILENT_MS = 25_000
"""After how many milliseconds the server gives up a host that does not confirm what was sent to it."""
LOOKED_AFTER = {**KEEPALIVES, "tcp_user_timeout": SILENT_MS}
"""What each connection tells the server of that."""
DRIVER = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": UNHEARD_MS,
}
"""The same from this side, and when the network between the two is cut."""
AWAY_STATES = frozenset({"25006", "25P03"})
"""What PostgreSQL puts into another class: it takes no writes now; it has ended a transaction that lay idle."""
PREPARED_AFTER, MOST_PREPARED = 1, 150
"""After how many runs on a connection the server keeps a statement taken apart, and how many: all of an app's pages."""
A_JUMP = "1.1"
"""What it costs the server to read a page elsewhere, by that of the next one: what pages ask lies in memory.

By its own value of 4, for disks that turn, it would rather go through a whole table than jump about in an index.
"""
READS_ONLY = "reads_only"
"""The execution option of connections on which nothing is written."""
LOCKED_STATES = frozenset({"55P03", "40P01", "40001"})
"""What PostgreSQL says of a lock that took too long, of two that wait for each other, and of a change beside ours."""


@dataclass(frozen=True)
class Limits:
    """How many connections a process keeps and may open besides, and its time-outs in seconds; 0: none.

    `statement`: one statement; `lock`: waiting for a row; `idle`: doing nothing within a transaction.
    `plans_once`: a statement is planned once for all values, as the same few are asked for again and again.
    `writes_in_transactions`: what stands alone, outside of any transaction, can only read.
    """

    kept: int
    besides: int
    statement: int = 0
    lock: int = 0
    idle: int = 0
    plans_once: bool = False
    writes_in_transactions: bool = False

    @property
    def most(self) -> int:
        """Return how many connections such a process may have."""
        return self.kept + self.besides


WEB = Limits(kept=1, besides=2, statement=45, lock=30, idle=60, plans_once=True, writes_in_transactions=True)
"""A web process answers one request at a time, on one connection; figures for machines take another.

A statement ends before the process is taken for hung, which is after a minute.
"""
PATIENT = Limits(kept=2, besides=8)
"""Commands: a backup or a migration takes as long as it takes."""
ENGINE_POOL = 8
"""Connections of the job engine itself in each worker: two queues, its notifications, and what jobs note."""
WORKER_BESIDE = 6
"""What a worker needs besides one connection a print: its name, the look at others', the sweep, hooks, two to end."""


def limit_worker(render_processes: int) -> Limits:
    """Return the limits of a worker with so many render processes, and the one that is kept free."""
    return Limits(kept=2, besides=render_processes + 1 + WORKER_BESIDE - 2, statement=300, lock=60, idle=300)


def count_connections(*, web_workers: int, render_processes: int) -> int:
    """Return how many connections one host with a web server and a worker may have at most."""
    return web_workers * WEB.most + limit_worker(render_processes).most + ENGINE_POOL


def pool_options(limits: Limits, database_url: str) -> dict[str, Any]:
    """Return how an engine on PostgreSQL is made: a connection that has gone is replaced before it is used."""
    return {
        "pool_pre_ping": True,
        "pool_size": limits.kept,
        "max_overflow": limits.besides,
        "pool_timeout": 30,
        "connect_args": driver_options(database_url),
    }


def driver_options(database_url: str) -> dict[str, int]:
    """Return what the driver is told, where the address does not say otherwise."""
    said: Mapping[str, object] = sa.make_url(database_url).query
    return {name: value for name, value in DRIVER.items() if name not in said}


def server_options(database_url: str) -> dict[str, str]:
    """Return when the server is to look whether we are there, for connections that are opened elsewhere than here.

    An address with options of its own says all that is to be said.
    """
    if "options" in sa.make_url(database_url).query:
        return {}
    return {"options": " ".join(f"-c {name}={value}" for name, value in LOOKED_AFTER.items())}


def set_limits(engine: Engine, limits: Limits) -> None:
    """Tell the server at each new connection how long it may wait for us, and when to look whether we are there.

    It compiles no statement into machine code: for a list of a thousand rows that takes longer than reading them.
    A page's statements join a dozen tables and find a few rows: to plan them anew for each reader takes five times as
    long as to run them, and so does to start other processes that help with one.
    """
    plan_once(engine)
    ask_where_in_doubt(engine)
    settings = {
        **LOOKED_AFTER,
        "jit": "off",
        "plan_cache_mode": "force_generic_plan" if limits.plans_once else "auto",
        "max_parallel_workers_per_gather": "0" if limits.plans_once else "",
        "random_page_cost": A_JUMP if limits.plans_once else "",
        "default_transaction_read_only": "on" if limits.writes_in_transactions else "",
        "statement_timeout": limits.statement * 1000,
        "lock_timeout": limits.lock * 1000,
        "idle_in_transaction_session_timeout": limits.idle * 1000,
    }
    said = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items() if value)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SELECT {said}")
        connection.autocommit = False
        connection.read_only = False if limits.writes_in_transactions else None
        connection.prepare_threshold, connection.prepared_max = PREPARED_AFTER, MOST_PREPARED


def only_reading(engine: Engine) -> Engine:
    """Return the same engine for somebody who only reads: on SQLite no lock for writing is taken."""
    return engine.execution_options(**{READS_ONLY: True})


def is_locked(error: DBAPIError) -> bool:
    """Tell whether a lock was not to be had in time, or two waited for each other."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", "")
    return state in LOCKED_STATES or str(state).startswith("SQLITE_BUSY")


def is_away(error: BaseException) -> bool:
    """Tell whether the database could not do it now and can later: away, full, locked, read only, or all are busy."""
    if isinstance(error, OperationalError | InterfaceError | NoneFree):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in AWAY_STATES
