"""The worker's side of the job engine (DBOS); enqueueing is review.adapters.job_client.

Everything is one engine workflow, `job`, which runs a registered function by its name.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from dbos import DBOS, PortableWorkflowError, SQLAlchemyDatasource
from dbos import error as engine_errors
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from review.adapters.clock import read_clock
from review.adapters.connections import is_away
from review.adapters.job_client import APPLICATION, SERIALIZER, VERSION, WORKFLOW, system_url
from review.adapters.job_names import WorkerName
from review.adapters.job_recovery import delete_finished, resume_orphans
from review.adapters.job_tables import pool_of_engine
from review.adapters.jobs import JOBS, Job, Queue
from review.adapters.render_pool import RenderPool
from review.adapters.render_turns import TurnsEnded
from review.domain.errors import Invalid
from review.domain.values import dataclass

POLL_SECONDS = 0.5
"""How often a worker looks for jobs: what an idle worker takes. A share has as many jobs ready as processes."""
NOTIFY_SECONDS = 1.0
"""How often the engine looks for its own notifications, which we do not use; stopping waits for one look."""
REAP_SECONDS = 10
AWAY_SECONDS = 1
"""How long a job waits for a database that is away before it asks again."""
FINISH_SECONDS = 30
KEPT = timedelta(days=7)
COMPUTING_FAILED = (engine_errors.DBOSMaxStepRetriesExceeded, PortableWorkflowError, Invalid)
"""The error itself, and what it is read back as when another worker goes on with the job."""


class HandedBack(BaseException):
    """This worker ends: the job is no failure and goes on elsewhere. The engine must not note it as an error."""


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Running:
    """What the jobs of this process work with."""

    engine: Engine
    datasource: SQLAlchemyDatasource
    pool: RenderPool
    isolation: Any
    worker: str
    stopped: threading.Event
    at_work: set[str]


_running: Running | None = None


def _here() -> Running:
    if _running is None:
        raise RuntimeError("jobs run in a worker only")
    return _running


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=20)
def run_job(name: str, args: list[Any], share: str) -> None:
    """Run a registered job: compute in a render process, then change the database and note the step at once.

    Computing that fails is tried once more, unless the content is at fault.
    """
    at_work, key = _here().at_work, DBOS.workflow_id or ""
    at_work.add(key)
    try:
        _run_job(JOBS[name], args, share)
    finally:
        at_work.discard(key)


def _run_job(job: Job, args: list[Any], share: str) -> None:
    if job.go_on is not None:
        _go_on(job, job.go_on, args, share)
        return
    if job.compute is None:
        _keep(job.run, args)
        return
    try:
        result = DBOS.run_step(
            {"name": "compute", "retries_allowed": True, "max_attempts": 2, "should_retry": _may_succeed_yet},
            _compute,
            job.name,
            args,
            share,
        )
    except COMPUTING_FAILED as error:
        if job.fail is None:
            raise
        tries = getattr(error, "errors", [])
        _keep(job.fail, [str(tries[-1] if tries else error), *args])
        return
    if result is not None:
        _keep(job.run, [result, *args])


def _may_succeed_yet(error: BaseException) -> bool:
    return not isinstance(error, Invalid)


def _compute(name: str, args: list[Any], share: str) -> Any:
    """Return what a job computes, None where there is nothing to do any more."""
    job, here = JOBS[name], _here()
    if job.read is None or job.compute is None:
        raise ValueError(f"the job {name} has nothing to compute")
    try:
        with here.pool.turn(is_asked=not share) as turn:
            begun = _begin(here, job, job.read, args)
            return turn.run(job.compute, begun[0]) if begun else None
    except TurnsEnded:
        _hand_back(share)


def _hand_back(share: str) -> NoReturn:
    """Put the job that runs back into its queue, as this worker ends."""
    DBOS.resume_workflow(DBOS.workflow_id or "", queue_name=Queue.BATCH if share else Queue.ASKED)
    raise HandedBack from None


def _go_on(job: Job, go_on: Callable[..., bool], args: list[Any], share: str) -> None:
    """Let a job make its transactions; it waits while the database is away, and goes on elsewhere when we end."""
    here = _here()
    while not here.stopped.is_set():
        try:
            if go_on(here.engine, *args, now=read_clock(), is_over=here.stopped.is_set):
                return
        except Exception as error:
            if not is_away(error):
                _keep(job.run, [type(error).__name__, *args])
                raise
            log.warning("the database is away, the job %s waits for it: %s", job.name, error)
        here.stopped.wait(AWAY_SECONDS)
    _hand_back(share)


def _begin(here: Running, job: Job, read: Callable[..., Any], args: list[Any]) -> tuple[Any] | None:
    """Note that a job is begun and return what it computes from, None where there is nothing to do any more.

    A database that is away is no fault of the job: it is asked until it is back, or this worker ends.
    """
    about = {"run": DBOS.workflow_id or "", "worker": here.worker, "now": read_clock()}
    while True:
        try:
            with Session(here.engine) as session:
                if job.begin is not None and not job.begin(session, *args, **about):
                    return None
                value = read(session, *args)
                session.commit()
                return (value,)
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            log.warning("the database is away, the job %s waits for it: %s", job.name, error)
        if here.stopped.wait(AWAY_SECONDS):
            raise TurnsEnded


def _keep(change: Callable[..., None], args: list[Any]) -> None:
    here = _here()
    here.datasource.run_tx_step({"name": "keep", "isolation_level": here.isolation}, _change, change, args)


def _change(change: Callable[..., None], args: list[Any]) -> None:
    change(_here().datasource.sql_session(), *args, now=read_clock())


@dataclass(frozen=True)
class Limits:
    """How many render processes a worker has, and what one print may take."""

    processes: int
    seconds: float
    megabytes: int


class JobWorker:
    """The side that runs jobs: one executor in this process, with its own render processes."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        *,
        limits: Limits,
        tables: Engine | None = None,
        warm_up: Callable[[], object] | None = None,
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._limits = limits
        self._processes = limits.processes
        self._warm_up = warm_up
        self._name = WorkerName(engine, folder / "slots")
        self._stopped = threading.Event()
        self._unclaimed = frozenset[str]()

    def start(self) -> None:
        """Take a free name, take up what a dead worker of that name left, and begin to run jobs."""
        global _running  # noqa: PLW0603 - the engine calls plain functions, which find their process here
        url = self._engine.url.render_as_string(hide_password=False)
        name = self._name.take()
        pool = RenderPool(self._processes, self._limits.seconds, self._limits.megabytes, reserve=1)
        if self._warm_up is not None:
            pool.warm(self._warm_up)
        config: Any = {
            "name": APPLICATION,
            "system_database_url": system_url(url),
            "executor_id": name,
            "application_version": VERSION,
            "serializer": SERIALIZER,
            "log_level": "WARNING",
            "run_migrations": False,
            "notification_listener_polling_interval_sec": NOTIFY_SECONDS,
        }
        config.update(pool_of_engine(url) if self._tables is None else {"system_database_engine": self._tables})
        DBOS(config=config)
        _running = Running(
            self._engine,
            SQLAlchemyDatasource.create(url, engine=self._engine, serializer=SERIALIZER, run_migrations=False),
            pool,
            "SERIALIZABLE" if self._engine.dialect.name == "sqlite" else "READ COMMITTED",
            name,
            self._stopped,
            set(),
        )
        DBOS.launch()
        self._register_queues()
        threading.Thread(target=self._look_after, name="reaper", daemon=True).start()

    def _register_queues(self) -> None:
        """Say how many jobs a worker takes at once: of a share twice as many as it prints, so that none is idle.

        No share takes more than half of the places, so that two of them print side by side.
        """
        DBOS.register_queue(Queue.ASKED, worker_concurrency=self._processes + 1, polling_interval_sec=POLL_SECONDS)
        DBOS.register_queue(
            Queue.BATCH,
            worker_concurrency=4 * self._processes,
            partition_worker_concurrency=2 * self._processes,
            polling_interval_sec=POLL_SECONDS,
        )

    def keep_name(self) -> bool:
        """Tell whether this worker still owns its name, or takes it again soon; one that does not must stop."""
        return self._name.keep()

    def stop(self) -> None:
        """Finish what is running, for half a minute at most, hand back what waits here, and give the name back."""
        self._stopped.set()
        _here().pool.end_turns()
        DBOS.destroy(workflow_completion_timeout_sec=FINISH_SECONDS)
        _here().pool.close()
        if self._tables is not None:
            self._tables.dispose()
        self._name.drop()

    def _look_after(self) -> None:
        for turn in count():
            try:
                resume_orphans(self._name.locks, self._name.value)
                self._resume_unclaimed()
                if turn % 360 == 0:
                    delete_finished(read_clock() - KEPT)
            except Exception:
                log.exception("the look at other workers' jobs failed; the next one is in %s s", REAP_SECONDS)
            if self._stopped.wait(REAP_SECONDS):
                return

    def _resume_unclaimed(self) -> None:
        """Put back what this worker took and does not do, at two looks in a row: the database went away in between."""
        running = DBOS.list_workflows(
            status="PENDING", executor_id=self._name.value, load_input=False, load_output=False
        )
        idle = {each.workflow_id: each.queue_name for each in running if each.workflow_id not in _here().at_work}
        for key in idle.keys() & self._unclaimed:
            DBOS.resume_workflow(key, queue_name=idle[key])
        self._unclaimed = frozenset(idle)
