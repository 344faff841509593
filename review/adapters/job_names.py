"""A worker's name: taken when it starts, kept although the database restarts, never had by two at once."""

from __future__ import annotations

import logging
import socket
from itertools import count
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from review.adapters.connections import is_away
from review.adapters.job_slots import FileSlots, SlotLocks, make_slot_locks

MOST_REFUSALS = 5
"""How many looks in a row may find the name held: whoever looks after the dead has it for a moment."""

log = logging.getLogger(__name__)


class WorkerName:
    """The host and a number, held by a lock that reaches as far as the database does.

    Where that lock goes with its connection, a file's lock still keeps the name from the other workers of this host.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.locks: SlotLocks = make_slot_locks(engine, folder)
        self._here = FileSlots(folder) if engine.dialect.name == "postgresql" else None
        self._refusals = 0
        self.value = ""

    def take(self) -> str:
        """Take the first name that is free."""
        for number in count():
            name = f"{socket.gethostname()}-{number}"
            if self._here is not None and not self._here.hold(name):
                continue
            if self.locks.hold(name):
                self.value = name
                return name
            if self._here is not None:
                self._here.drop(name)
        raise AssertionError("counting never ends")

    def keep(self) -> bool:
        """Hold on to the name, and take it again as soon as a database that was away is back.

        False when somebody else has it: then this worker must end.
        """
        if self.locks.still_holds(self.value):
            return True
        try:
            is_ours = self.locks.regain(self.value)
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            log.warning(
                "the database is away, and the lock of this worker's name with it; it is taken again: %s", error
            )
            return True
        self._refusals = 0 if is_ours else self._refusals + 1
        return self._refusals < MOST_REFUSALS

    def drop(self) -> None:
        """Give the name back, unless its lock has gone already."""
        if self.locks.still_holds(self.value):
            self.locks.drop(self.value)
        if self._here is not None:
            self._here.drop(self.value)
