"""Where work is that a worker does part by part after one press: nominating everybody, sending many letters."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """Where it is; all but the first two are the end. STOPPED: who asked is HR no more, or the cycle was closed."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
