"""Background work: plain functions registered by name, enqueued in the caller's transaction.

Which engine runs them is the installation's choice, carried by the session's engine as the option `jobs`:
`InlineJobs` keeps them for `run_inline`; `EngineJobs` hands them to the job engine (review.adapters.job_client,
imported when the first job is enqueued).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from review.domain.values import dataclass

if TYPE_CHECKING:
    from review.adapters.job_client import JobClient

ENGINE_TABLES = frozenset(
    {
        "application_versions",
        "dbos_datasource_migrations",
        "datasource_outputs",
        "dbos_migrations",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)
"""The job engine's own tables, which migrations leave alone."""

PENDING = "pending_jobs"
INLINE = "inline"
Run = TypeVar("Run", bound=Callable[..., None])
GoOn = TypeVar("GoOn", bound=Callable[..., bool])


class Queue(StrEnum):
    """Where a job waits: ASKED for what a person waits for; BATCH for the rest, where shares take turns."""

    ASKED = "asked"
    BATCH = "batch"


@dataclass(frozen=True)
class Job:
    """A kind of background work.

    `run(session, *args, now=…)` changes the database in one transaction, which also holds the proof that it ran.
    With `compute`, first `read(session, *args)` gives a value, `compute(value)` works on it in a render process (no
    database), and `run(session, result, *args, now=…)` keeps the result, a value that JSON can hold.
    `fail(session, error, *args, now=…)` runs instead when computing has failed for good.
    `begin(session, *args, run=…, worker=…, now=…)` comes before reading; where it says False, nothing is done any more.
    `reopen(session, *args)` makes what has failed be waited for again; False where nobody wants it any more.
    `go_on(engine, *args, now=…, is_over=…)` stands in for `run`: it makes transactions of its own, may be begun anew
    after it was broken off, and says False where it left the rest for that since `is_over` said so.
    """

    name: str
    run: Callable[..., None]
    read: Callable[..., Any] | None = None
    compute: Callable[[Any], Any] | None = None
    fail: Callable[..., None] | None = None
    begin: Callable[..., bool] | None = None
    reopen: Callable[..., bool] | None = None
    go_on: Callable[..., bool] | None = None


class JobQueue(Protocol):
    """Where enqueued jobs go."""

    def add(self, session: Session, job: Job, args: tuple[Any, ...], key: str, share: str = "") -> None:
        """Keep a job for after the commit of the session's transaction, and only if it commits."""


JOBS: dict[str, Job] = {}


def job(
    name: str,
    *,
    read: Callable[..., Any] | None = None,
    compute: Callable[[Any], Any] | None = None,
    fail: Callable[..., None] | None = None,
    begin: Callable[..., bool] | None = None,
    reopen: Callable[..., bool] | None = None,
) -> Callable[[Run], Run]:
    """Register a function as the job of this name; see `Job`. Raise ValueError for a second one of that name."""

    def register(run: Run) -> Run:
        if name in JOBS:
            raise ValueError(f"the job {name} is registered twice")
        JOBS[name] = Job(name, run, read, compute, fail, begin, reopen)
        return run

    return register


def job_in_parts(name: str, *, fail: Callable[..., None]) -> Callable[[GoOn], GoOn]:
    """Register a function that makes many transactions as the job of this name; see `Job.go_on`.

    `fail(session, error, *args, now=…)` notes that it has failed for good. Raise ValueError for a second one.
    """

    def register(go_on: GoOn) -> GoOn:
        if name in JOBS:
            raise ValueError(f"the job {name} is registered twice")
        JOBS[name] = Job(name, fail, fail=fail, go_on=go_on)
        return go_on

    return register


def enqueue(session: Session, name: str, *args: Any, key: str, share: str = "") -> None:
    """Ask for a job in the caller's transaction: no job without the commit, no commit without the job.

    Args:
        args: values that JSON can hold.
        key: of the effect, such as `packet-12-committee`; a key that was used before does nothing.
        share: of whose batch it is: shares take turns. Without one, a person waits for it and it comes first.
    """
    jobs: JobQueue = session.connection().get_execution_options()["jobs"]
    jobs.add(session, JOBS[name], args, key, share)


@dataclass(slots=True, init=False)
class InlineJobs:
    """Jobs kept in this process until somebody runs them: for tests, and for installations without a worker."""

    ready: list[tuple[Job, tuple[Any, ...]]]
    seen: set[str]

    def __init__(self) -> None:
        self.ready = []
        self.seen = set()

    def add(self, session: Session, job: Job, args: tuple[Any, ...], key: str, share: str = "") -> None:
        """Keep a job until the session commits; all wait in one line, whatever their share."""
        session.info.setdefault(PENDING, []).append((self, job, args, key))

    def settle(self, job: Job, args: tuple[Any, ...], key: str) -> None:
        """Make a committed job ready to run, unless its key was used before."""
        if key not in self.seen:
            self.seen.add(key)
            self.ready.append((job, args))


@event.listens_for(Session, "after_commit")
def _release_pending(session: Session) -> None:
    if session.get_nested_transaction() is None:
        for jobs, job, args, key in session.info.pop(PENDING, ()):
            jobs.settle(job, args, key)


@event.listens_for(Session, "after_rollback")
def _forget_pending(session: Session) -> None:
    if session.get_nested_transaction() is None:
        session.info.pop(PENDING, None)


def run_inline(session: Session, *, now: datetime) -> int:
    """Run the jobs that were committed, and those they ask for; commit after each, return how many ran.

    The same functions as in a worker, in order, without the job engine.
    """
    jobs: InlineJobs = session.get_bind().get_execution_options()["jobs"]
    count = 0
    while jobs.ready:
        job, args = jobs.ready.pop(0)
        if job.go_on is not None:
            job.go_on(session.get_bind(), *args, now=now, is_over=lambda: False)
            count += 1
        elif job.begin is None or job.begin(session, *args, run=INLINE, worker=INLINE, now=now):
            result = _compute(session, job, args)
            job.run(session, *result, *args, now=now)
            count += 1
        session.commit()
    return count


def _compute(session: Session, job: Job, args: tuple[Any, ...]) -> tuple[dict[str, Any], ...]:
    """Return what a job computes, if it does; as in a worker, no transaction is open meanwhile: it may take minutes."""
    if job.compute is None or job.read is None:
        return ()
    given = job.read(session, *args)
    session.commit()
    return (job.compute(given),)


class EngineJobs:
    """Jobs written into the job engine's tables, in the same database and the same transaction."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def add(self, session: Session, job: Job, args: tuple[Any, ...], key: str, share: str = "") -> None:
        """Write the job in the session's transaction."""
        self._client.add(session, job, args, key, share)

    @cached_property
    def _client(self) -> JobClient:
        from review.adapters.job_client import JobClient

        return JobClient(self._database_url)
