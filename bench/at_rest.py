"""What the processes of an installation take while nobody asks anything of them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from bench.browsers import environment_of
from bench.servers import PATIENCE_SECONDS, ROOT

SETTLED_SECONDS, SETTLED_SHARE = 1.5, 0.2
"""A worker has started once it took less than this share of a core for so long."""
MEGABYTE = 1_000_000


@dataclass(slots=True)
class Worker:
    """A worker to which nothing is given to do."""

    process: psutil.Popen
    log: Path
    used: float = 0.0
    since: float = 0.0

    def settle(self) -> None:
        """Wait until it has started, which is when it uses next to nothing for a while; count from then on."""
        end, step = time.monotonic() + PATIENCE_SECONDS, 1.0
        while step > SETTLED_SHARE * SETTLED_SECONDS or "worker" not in self.process.cmdline():
            time.sleep(SETTLED_SECONDS)
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(self.log.read_text())
            now = self._seconds()
            self.used, self.since, step = now, time.monotonic(), now - self.used

    def tell(self) -> dict[str, object]:
        """Return how much of one core it took since it had started."""
        share = (self._seconds() - self.used) / (time.monotonic() - self.since)
        return {"idle_worker_cpu_pct": round(100 * share, 1)}

    def _seconds(self) -> float:
        times = [each.cpu_times() for each in (self.process, *self.process.children(recursive=True))]
        return sum(each.user + each.system for each in times)


def measure_memory(port: int) -> dict[str, object]:
    """Return the megabytes of the web server on this port: one of its processes, and all of them, shared pages once."""
    bound = f"--bind=127.0.0.1:{port}"
    server = next(each for each in psutil.Process().children() if bound in each.cmdline())
    workers = server.children()
    shared = [each.memory_full_info().pss for each in (server, *workers)]
    return {
        "worker_rss_mb": round(median(each.memory_info().rss for each in workers) / MEGABYTE, 1),
        "workers_pss_mb": round(sum(shared) / MEGABYTE, 1),
    }


@contextmanager
def waiting_worker(folder: Path) -> Iterator[Worker]:
    """Start the worker for jobs, timers and mail on an empty database of its own; stop it at the end."""
    python, log = f"{sys.executable} -m review.cli", folder / "worker.log"
    with log.open("wb") as written:
        process = psutil.Popen(
            ["/bin/sh", "-c", f"{python} db migrate && exec {python} worker"],
            cwd=ROOT,
            env={**os.environ, **environment_of(folder / "worker.db")},
            stdout=written,
            stderr=written,
        )
    try:
        yield Worker(process, log)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
