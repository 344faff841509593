"""How far nominating everybody eligible has come."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """Where it is; all but the first two are the end. STOPPED: the cycle was closed, or who asked is HR no more."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
