"""Render processes: each render alone in a warm process with limits, so that a bad one takes down only itself."""

from __future__ import annotations

import ctypes
import os
import queue
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

from review.domain.errors import Fault, Invalid

Given = ParamSpec("Given")
Result = TypeVar("Result")
PR_SET_PDEATHSIG = 1


class Failure(StrEnum):
    """How a render came to nothing."""

    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    RAISED = "raised"


class RenderFailed(Exception):
    """A render came to nothing; the pool goes on. `detail` says what is known: an exit code, seconds, an error."""

    def __init__(self, failure: Failure, detail: str) -> None:
        self.failure = failure
        self.detail = detail
        super().__init__(failure, detail)

    def __str__(self) -> str:
        return f"{self.failure.replace('_', ' ')}: {self.detail}"


@dataclass(frozen=True, slots=True)
class _Done:
    value: object


@dataclass(frozen=True, slots=True)
class _Refused:
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Failed:
    failure: Failure
    detail: str


@dataclass(frozen=True, slots=True)
class _Child:
    process: BaseProcess
    connection: Connection
    folder: tempfile.TemporaryDirectory[str]

    def end(self) -> None:
        """Kill the process and remove what it left behind."""
        self.process.kill()
        self.process.join()
        self.connection.close()
        self.folder.cleanup()


class _Slot:
    """A place for one process at a time; `child` is None until it is needed, and after a process was lost."""

    def __init__(self) -> None:
        self.child: _Child | None = None


class RenderPool:
    """N processes that each do one render at a time.

    A render that crashes, runs out of memory or takes longer than `timeout_s` loses its process and raises
    RenderFailed; the next render gets a new one. Processes start when first needed and end with this process.

    Args:
        n: how many renders may run at once; callers beyond wait for their turn.
        memory_mb: address space that a process may use.
    """

    def __init__(self, n: int, timeout_s: float = 120, memory_mb: int = 1536) -> None:
        self._timeout = timeout_s
        self._memory = memory_mb
        self._free: queue.LifoQueue[_Slot] = queue.LifoQueue()
        self._slots = [_Slot() for _ in range(max(n, 1))]
        for slot in self._slots:
            self._free.put(slot)
        # The kernel kills a child when the thread that made it ends: one thread of ours makes them all.
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="render-pool")

    def run(self, fn: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Call a function of a module in a render process and return its result.

        Raises Invalid with the faults where the function did, and RenderFailed for everything else that went wrong.
        """
        slot = self._free.get()
        try:
            return cast(Result, self._run(slot, (fn, args, kwargs)))
        finally:
            self._free.put(slot)

    def close(self) -> None:
        """End all processes; renders under way are lost."""
        for slot in self._slots:
            _lose(slot)
        self._maker.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _run(self, slot: _Slot, task: object) -> object:
        if slot.child is None or wait([slot.child.process.sentinel], 0):
            _lose(slot)
            slot.child = self._maker.submit(_start, self._memory).result()
        try:
            answer = self._ask(slot.child, task)
        except BaseException:  # its answer would be taken for the next one's
            _lose(slot)
            raise
        match answer:
            case _Done(value):
                return value
            case _Refused(faults):
                raise Invalid(faults)
            case _Failed(failure, detail):
                if failure is not Failure.RAISED:
                    _lose(slot)
                raise RenderFailed(failure, detail)
            case _:
                raise TypeError(f"a render process answered {answer!r}")

    def _ask(self, child: _Child, task: object) -> object:
        with suppress(EOFError, ConnectionError):  # the process died before it had answered in full
            child.connection.send(task)
            ready = wait([child.connection, child.process.sentinel], self._timeout)
            if not ready:
                return _Failed(Failure.TIMED_OUT, f"took longer than {self._timeout:g} s")
            if child.connection in ready:
                return child.connection.recv()
        child.process.join(5)
        return _Failed(Failure.CRASHED, f"the process ended with {child.process.exitcode}")


def _lose(slot: _Slot) -> None:
    if slot.child is not None:
        slot.child.end()
        slot.child = None


def _start(memory_mb: int) -> _Child:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    folder = tempfile.TemporaryDirectory(prefix="dualtrack-render-", ignore_cleanup_errors=True)
    process = context.Process(
        target=_serve, args=(theirs, os.getpid(), memory_mb, folder.name), name="render", daemon=True
    )
    process.start()
    theirs.close()
    return _Child(process, ours, folder)


def _serve(connection: Connection, parent: int, memory_mb: int, folder: str) -> None:
    """Answer tasks until the parent is gone."""
    _limit(parent, memory_mb)
    tempfile.tempdir = folder
    with suppress(EOFError, OSError):
        while True:
            connection.send(_answer(*connection.recv()))


def _limit(parent: int, memory_mb: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    size = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(fn: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    try:
        return _Done(fn(*args, **kwargs))
    except Invalid as error:
        return _Refused(error.faults)
    except MemoryError:
        return _Failed(Failure.OUT_OF_MEMORY, "needed more memory than a render may use")
    except Exception as error:  # reported to the caller as a reason
        return _Failed(Failure.RAISED, f"{type(error).__name__}: {error}"[:2000])
