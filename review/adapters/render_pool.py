"""Render processes: each render alone in a warm process with limits, so that a bad one takes down only itself."""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import resource
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

from review.adapters.render_folder import RenderFolder, make_folder
from review.adapters.render_turns import Turns, TurnsEnded
from review.domain.errors import Fault, Invalid
from review.domain.values import dataclass

Given = ParamSpec("Given")
Result = TypeVar("Result")
PR_SET_PDEATHSIG = 1
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

log = logging.getLogger(__name__)


class Failure(StrEnum):
    """How a render came to nothing."""

    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    RAISED = "raised"


class RenderFailed(Exception):
    """A render came to nothing; the pool goes on. `detail` says what is known: an exit code, seconds, an error."""

    def __init__(self, failure: Failure, detail: str) -> None:
        self.failure = failure
        self.detail = detail
        super().__init__(failure, detail)

    def __str__(self) -> str:
        return f"{self.failure.replace('_', ' ')}: {self.detail}"


@dataclass(frozen=True)
class _Done:
    value: object


@dataclass(frozen=True)
class _Refused:
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class _Failed:
    failure: Failure
    detail: str


@dataclass(frozen=True)
class _Child:
    process: BaseProcess
    connection: Connection
    folder: RenderFolder

    def end(self) -> None:
        """Kill the process and remove what it left behind."""
        self.process.kill()
        self.process.join()
        self.connection.close()
        self.folder.remove()


class _Slot:
    """A place for one process at a time; `child` is None until it is needed, and after a process was lost."""

    def __init__(self) -> None:
        self.child: _Child | None = None


class Turn:
    """A process of the pool that is the caller's for a while."""

    def __init__(self, pool: RenderPool, slot: _Slot) -> None:
        self._pool, self._slot = pool, slot

    def run(self, fn: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Call a function of a module in the process and return its result; raises as RenderPool.run does."""
        return cast(Result, self._pool._run(self._slot, (fn, args, kwargs)))


class RenderPool:
    """N processes that each do one render at a time.

    A render that crashes, runs out of memory or takes longer than `timeout_s` loses its process and raises
    RenderFailed; the next render gets a new one. Processes start when first needed and end with this process.

    Args:
        n: how many renders may run at once; callers beyond wait for their turn.
        memory_mb: address space that a process may use.
        reserve: so many processes more, for what a person waits for alone.
    """

    def __init__(self, n: int, timeout_s: float = 120, memory_mb: int = 1536, *, reserve: int = 0) -> None:
        self._timeout = timeout_s
        self._memory = memory_mb
        self._slots = [_Slot() for _ in range(max(n, 1) + reserve)]
        self._turns = Turns(self._slots, max(n, 1))
        # The kernel kills a child when the thread that made it ends: one thread of ours makes them all.
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="render-pool")

    def run(self, fn: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Call a function of a module in a render process and return its result.

        Raises Invalid with the faults where the function did, and RenderFailed for everything else that went wrong.
        """
        with self.turn() as turn:
            return turn.run(fn, *args, **kwargs)

    @contextmanager
    def turn(self, *, is_asked: bool = True) -> Iterator[Turn]:
        """Wait for a process and keep it.

        Args:
            is_asked: a person waits for it. All others wait until nobody does, and leave the reserve free.
        """
        slot = self._turns.take(is_asked=is_asked)
        try:
            yield Turn(self, slot)
        finally:
            self._turns.give_back(slot, is_asked=is_asked)

    def warm(self, fn: Callable[[], object]) -> threading.Thread:
        """Start every process that is not at work, each with this function, one after the other in a thread."""
        thread = threading.Thread(target=self._warm, args=(fn,), name="render-warm", daemon=True)
        thread.start()
        return thread

    def _warm(self, fn: Callable[[], object]) -> None:
        for slot in self._slots:
            if not self._turns.take_idle(slot):
                continue
            try:
                self._run(slot, (fn, (), {}))
            except Exception as error:  # the first render finds out; or the pool was closed meanwhile
                log.warning("a render process did not get warm: %s", error)
                return
            finally:
                self._turns.give_back(slot, is_asked=True)

    def end_turns(self) -> None:
        """Begin no more renders: whoever waits for a turn gets TurnsEnded; those under way go on."""
        self._turns.end()

    def close(self) -> None:
        """End all processes; renders under way are lost and raise TurnsEnded."""
        self._turns.end()
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
            case _Failed(failure) if self._turns.are_over and failure is Failure.CRASHED:
                raise TurnsEnded
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
    folder = make_folder()
    process = context.Process(
        target=_serve, args=(theirs, os.getpid(), memory_mb, str(folder.path)), name="render", daemon=True
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
    except OSError as error:
        failure = Failure.DISK_FULL if error.errno in DISK_ERRORS else Failure.RAISED
        return _Failed(failure, f"{type(error).__name__}: {error.strerror or error}"[:2000])
    except Exception as error:  # reported to the caller as a reason
        return _Failed(Failure.RAISED, f"{type(error).__name__}: {error}"[:2000])
