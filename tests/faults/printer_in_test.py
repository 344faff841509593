"""A worker in a process of its own that prints and puts books together, started from one that has loaded it already."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

from review import worker
from review.config import Settings
from tests.faults.processes import PATIENCE_SECONDS, log_of

LOADED = [__name__, "review.services.packets", "review.services.books", "review.adapters.job_engine"]


@contextmanager
def printing(settings: Settings) -> Iterator[BaseProcess]:
    """Run a worker; stop it at the end, unless somebody has killed it."""
    context = get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    process = context.Process(target=work, args=(settings,))
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        process.join(PATIENCE_SECONDS)


def work(settings: Settings) -> None:
    """Work until told to stop; render processes start when they are needed."""
    sys.stdout = sys.stderr = log_of(settings).open("a", buffering=1)
    worker.JOB_MODULES, worker.WARM_UP = ("review.services.packets", "review.services.books"), None
    sys.exit(worker.run_worker(settings))
