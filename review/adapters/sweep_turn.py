"""One sweep of timers at a time on each database: two at once would only wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from review.adapters.job_slots import FileSlots

KIND, SWEEP = 0x64756C75, 1
"""The two halves of the advisory lock's number; names of workers are another kind."""


@contextmanager
def take_turn(engine: Engine) -> Iterator[Connection | None]:
    """Give a connection to sweep with, or None while somebody else sweeps.

    The turn of a sweeper that is killed ends with it: on SQLite it is a lock on a file beside the database, on
    PostgreSQL one of the connection, which is therefore closed at the end and not kept.
    """
    with ExitStack() as ends:
        if engine.dialect.name == "sqlite":
            is_ours = _hold_file(Path(str(engine.url.database)), ends)
            yield ends.enter_context(engine.connect()) if is_ours else None
            return
        connection = ends.enter_context(engine.connect())
        connection.detach()
        is_ours = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(KIND, SWEEP))))
        connection.rollback()
        yield connection if is_ours else None


def _hold_file(database: Path, ends: ExitStack) -> bool:
    slots, name = FileSlots(database.parent), f"{database.name}-sweep"
    if not slots.hold(name):
        return False
    ends.callback(slots.drop, name)
    return True
