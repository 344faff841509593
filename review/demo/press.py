"""The jobs that the demo asks for: committee packets are printed at once, on all cores; the rest is the worker's."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from sqlalchemy.orm import Session

from review.adapters.jobs import Job, JobQueue
from review.adapters.render_pool import RenderPool
from review.domain.values import dataclass
from review.models import PacketFile


@dataclass(frozen=True)
class Asked:
    """A job somebody asked for, under the key of its effect."""

    job: Job
    args: tuple[Any, ...]
    key: str
    share: str


@dataclass(frozen=True)
class Printing:
    """A print under way, and where below the files folder it will be."""

    asked: Asked
    path: str
    result: Future[Any]


def warm_up() -> None:
    """Load what printing needs, in a render process."""
    import_module("review.adapters.print_engine")


class Press:
    """A job queue that keeps what is asked for, prints what cannot wait, and hands the rest on."""

    def __init__(self, processes: int) -> None:
        """Start the processes at once, so that they are warm when the first packet comes."""
        self._pool = RenderPool(processes)
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="press")
        for _ in range(processes):
            self._threads.submit(self._pool.run, warm_up)
        self._asked: list[Asked] = []
        self._printing: dict[str, Printing] = {}

    def add(self, session: Session, job: Job, args: tuple[Any, ...], key: str, share: str = "") -> None:
        """Keep a job; called by review.adapters.jobs.enqueue."""
        self._asked.append(Asked(job, args, key, share))

    def start_printing(self, session: Session, key: str) -> None:
        """Begin to print what the job of this key asks for; goes on beside everything else."""
        asked = next(each for each in self._asked if each.key == key)
        job = asked.job
        if job.read is None or job.compute is None:
            raise ValueError(f"the job {job.name} prints nothing")
        self._asked.remove(asked)
        given = job.read(session, *asked.args)
        self._printing[key] = Printing(asked, given["path"], self._threads.submit(self._pool.run, job.compute, given))

    def keep_printed(self, session: Session, key: str, *, now: datetime) -> None:
        """Keep the print as the worker would, without waiting for it: `finish` writes what is known only then."""
        asked = self._printing[key].asked
        unknown = {"path": self._printing[key].path, "digest": "", "size": 0, "pages": 0, "missing": []}
        asked.job.run(session, unknown, *asked.args, now=now)

    def finish(self, session: Session) -> None:
        """Wait for all prints and write what each gave; raises RenderFailed when one came to nothing."""
        for printing in self._printing.values():
            result = printing.result.result()
            file = session.get_one(PacketFile, printing.asked.args[0])
            file.digest, file.size_bytes, file.page_count = result["digest"], result["size"], result["pages"]
            file.error = " ".join(result["missing"]) or None
        session.flush()

    def hand_on(self, session: Session, jobs: JobQueue) -> int:
        """Give everything that is left to the installation's own queue; return how many jobs."""
        for asked in self._asked:
            jobs.add(session, asked.job, asked.args, asked.key, asked.share)
        return len(self._asked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.close()
        self._threads.shutdown(cancel_futures=True)
