"""Real processes for the tests of faults: started, waited for, killed."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from review.config import ROOT, Settings
from tests.conftest import environment

PATIENCE_SECONDS = 1800
"""How long to wait for what will come: only so that a wait for nothing ends, however busy the machine is."""
LOOK_SECONDS = 0.2
WORKER = "tests.faults.worker_in_test"


def log_of(settings: Settings) -> Path:
    """Return the file into which the processes of an installation write."""
    return settings.var_dir / "processes.log"


def start(settings: Settings, *command: str) -> psutil.Popen:
    """Start `python -m …` as an installation."""
    with log_of(settings).open("ab") as log:
        return psutil.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment(settings), stdout=log, stderr=log
        )


@contextmanager
def running(settings: Settings, *command: str) -> Iterator[psutil.Popen]:
    """Run `python -m …` as an installation; stop it at the end, unless somebody has."""
    process = start(settings, *command)
    try:
        yield process
    finally:
        if process.is_running():
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def wait_for(condition: Callable[[], object], settings: Settings) -> None:
    """Wait until something holds; fail with what the processes wrote when it takes too long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        threading.Event().wait(LOOK_SECONDS)  # a look may take SQLite's write lock, which others need too
        if time.monotonic() > end:
            pytest.fail(log_of(settings).read_text())


def kill_halfway(settings: Settings, look: Callable[[], tuple[str, int, int]], total: int) -> None:
    """Kill a worker when some, and not all, of a job in parts is done, and let another one go on to its end.

    `look` returns the state of the job, and how much of it is done, first.
    """
    with running(settings, WORKER) as first:
        wait_for(lambda: look()[1], settings)
        first.kill()
        first.wait(PATIENCE_SECONDS)
        assert 0 < look()[1] < total
    with running(settings, WORKER):
        wait_for(lambda: look()[0] != "running", settings)
