"""The jobs that the demo asks for: committee packets are printed at once, on all cores; the rest is the worker's."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy.orm import Session

from review.adapters.jobs import Job, JobQueue
from review.adapters.render_pool import RenderPool


@dataclass(frozen=True, slots=True)
class Asked:
    """A job somebody asked for, under the key of its effect."""

    job: Job
    args: tuple[Any, ...]
    key: str


class Press:
    """A job queue that keeps what is asked for, prints what cannot wait, and hands the rest on."""

    def __init__(self, processes: int) -> None:
        self._pool = RenderPool(processes)
        self._threads = ThreadPoolExecutor(max(processes, 1), thread_name_prefix="press")
        self._asked: list[Asked] = []
        self._printing: dict[str, tuple[Asked, Future[Any]]] = {}

    def add(self, session: Session, job: Job, args: tuple[Any, ...], key: str) -> None:
        """Keep a job; called by review.adapters.jobs.enqueue."""
        self._asked.append(Asked(job, args, key))

    def start_printing(self, session: Session, key: str) -> None:
        """Begin to print what the job of this key asks for; goes on beside everything else."""
        asked = next(each for each in self._asked if each.key == key)
        job = asked.job
        if job.read is None or job.compute is None:
            raise ValueError(f"the job {job.name} prints nothing")
        self._asked.remove(asked)
        given = job.read(session, *asked.args)
        self._printing[key] = (asked, self._threads.submit(self._pool.run, job.compute, given))

    def keep_printed(self, session: Session, key: str, *, now: datetime) -> None:
        """Wait for the print and keep it as the worker would; raises RenderFailed when it came to nothing."""
        asked, printing = self._printing.pop(key)
        asked.job.run(session, printing.result(), *asked.args, now=now)

    def hand_on(self, session: Session, jobs: JobQueue) -> int:
        """Give everything that is left to the installation's own queue; return how many jobs."""
        for asked in self._asked:
            jobs.add(session, asked.job, asked.args, asked.key)
        return len(self._asked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.close()
        self._threads.shutdown(cancel_futures=True)
