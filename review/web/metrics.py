"""Figures for Prometheus: requests of all web processes of this host, and how the work in the database stands.

Names of routes, methods and statuses only: no address as it was asked for, nothing of anybody.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, g, request

from review.adapters.clock import read_clock
from review.adapters.job_slots import count_living
from review.config import Settings
from review.domain.errors import NotFound
from review.extensions import db
from review.queries.operating import find_last_backup, load_jobs, load_work
from review.web.guards import public

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import GaugeMetricFamily

bp = Blueprint("metrics", __name__)
FIGURES = "metrics"
"""Where the app keeps what gives the figures; nothing is there when no token is set."""
FOLDER = "metrics"
STARTED = "request_started"
MIGRATION = "migration"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NOWHERE = "nowhere"
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_numbers: dict[tuple[int, Path], tuple[str, IO[str]]] = {}


def find_number(folder: Path) -> str:
    """Return this process's number among those that run now, held by a lock until it ends.

    The figures of a process that has ended are gone on with by the next one that gets its number: there are never more
    files than processes, and counters do not fall.
    """
    me = (os.getpid(), folder)
    if me not in _numbers:
        for number in count():
            file = (folder / f"{number}.lock").open("a")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
            else:
                _numbers[me] = (str(number), file)
                break
    return _numbers[me][0]


class Figures:
    """What is counted in this process, and what is written for Prometheus."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # before the library is loaded: it chooses by this
        import prometheus_client as library
        from prometheus_client import values

        vars(values)["ValueClass"] = values.MultiProcessValue(  # type: ignore[no-untyped-call]
            lambda: find_number(folder)
        )
        self.folder, self.library = folder, library
        self.content_type = library.CONTENT_TYPE_LATEST
        names = ("endpoint", "method", "status")
        self.requests = library.Counter("dualtrack_requests", "Requests answered.", names, registry=None)
        self.seconds = library.Histogram(
            "dualtrack_request_seconds",
            "How long requests took.",
            labelnames=("endpoint",),
            buckets=BOUNDS,
            registry=None,
        )

    def count(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests.labels(endpoint, method, str(status)).inc()
        self.seconds.labels(endpoint).observe(seconds)

    def write(self) -> bytes:
        """Return the figures of all processes and of the database."""
        from prometheus_client.multiprocess import MultiProcessCollector

        registry: CollectorRegistry = self.library.CollectorRegistry()
        MultiProcessCollector(registry, path=str(self.folder))  # type: ignore[no-untyped-call]
        registry.register(_Work(current_app.extensions["settings"]))
        return bytes(self.library.generate_latest(registry))


@bp.get("/metrics")
@public
def show() -> Response:
    """Give the figures to whoever brings the token; without a token set there is no such page."""
    figures: Figures | None = current_app.extensions.get(FIGURES)
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token: str = current_app.extensions["settings"].metrics_token
    if figures is None or not hmac.compare_digest(sent.encode(), token.encode()):
        raise NotFound
    return Response(figures.write(), content_type=figures.content_type)


class _Work:
    """Reads, when it is asked, how the work in the database stands."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each figure; how many statements that takes does not hang on how much there is."""
        from prometheus_client.core import GaugeMetricFamily

        for name, (words, value) in self._read().items():
            yield GaugeMetricFamily(f"dualtrack_{name}", words, value=value)

    def _read(self) -> dict[str, tuple[str, float]]:
        session, now = db.session(), read_clock()
        work, jobs, backup = load_work(session, now=now), load_jobs(session, now=now), find_last_backup(session)
        workers = count_living(db.engine, self.settings.var_dir / "slots", but=MIGRATION)
        return {
            "mails_waiting": ("Mails that are not sent yet.", work.mails_waiting),
            "mails_failing": ("Mails that a mail server did not take at the last try.", work.mails_failing),
            "timers_due": ("Timers that are due.", work.timers_due),
            "packets_failed": ("Packets that could not be printed.", work.packets_failed),
            "sweep_lag_seconds": ("By how much the oldest mail or timer that is due is late.", work.sweep_lag),
            "jobs_waiting": ("Jobs that no worker has begun.", jobs.waiting),
            "jobs_running": ("Jobs that a worker has begun.", jobs.running),
            "jobs_failed": ("Jobs that failed for good in the last seven days.", jobs.failed),
            "jobs_oldest_wait_seconds": ("How long the oldest waiting job waits.", jobs.oldest_wait),
            "workers": ("Workers alive; on every host with PostgreSQL.", workers),
            "last_backup_seconds": (
                "When the last backup was made, in Unix time.",
                backup.timestamp() if backup else 0,
            ),
        }


def begin() -> None:
    """Note when a request began."""
    g.setdefault(STARTED, time.perf_counter())


def finish(response: Response) -> Response:
    """Count an answer."""
    figures: Figures = current_app.extensions[FIGURES]
    seconds = time.perf_counter() - g.get(STARTED, time.perf_counter())
    method = request.method if request.method in METHODS else "other"
    figures.count(request.endpoint or NOWHERE, method, response.status_code, seconds)
    return response


def init_app(app: Flask) -> None:
    """Count requests, where a token is set for those who read the figures."""
    settings: Settings = app.extensions["settings"]
    if not settings.metrics_token:
        return
    app.extensions[FIGURES] = Figures(settings.var_dir / FOLDER)
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)
