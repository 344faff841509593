"""Render processes: N pools of one process each, so that a page which crashes the printer takes down only itself."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import queue
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
PR_SET_PDEATHSIG = 1


class RenderPool:
    """Runs functions in processes of their own, each process one at a time; made when first needed, kept warm."""

    def __init__(self, processes: int) -> None:
        self._free: queue.Queue[ProcessPoolExecutor | None] = queue.Queue()
        for _ in range(processes):
            self._free.put(None)

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that lies in a module; wait for a free process, and for the result.

        Raises what the function raises, and BrokenProcessPool when its process died; the next run gets a new one.
        """
        pool = self._free.get()
        try:
            pool = pool or _make_pool()
            return pool.submit(function, *args, **kwargs).result()
        except BrokenProcessPool:
            if pool:
                pool.shutdown(wait=False)
            pool = None
            raise
        finally:
            self._free.put(pool)

    def close(self) -> None:
        """End the processes that are free."""
        while not self._free.empty():
            pool = self._free.get()
            if pool:
                pool.shutdown()


def _make_pool() -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_die_with, initargs=(os.getpid(),))


def _die_with(parent: int) -> None:
    """End this process when the one that made it ends, however that comes about."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
