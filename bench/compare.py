"""Two servers asked by turns: how long each takes, and how much of a processor, which holds on a busy machine too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median, quantiles

from bench.servers import Call, Server

NANOSECONDS = 1e-6
"""What one of them is in milliseconds."""
WORKERS = 4
"""Processes of a server."""
WARM_UP, MOST_WARM_UP = 2, 80
"""How often each process of a server answers before it counts, and how many requests are made of all to get there."""
ANSWER_MS = 0.4
"""What an answer takes of a processor at the least; one that waits takes next to nothing."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of one answer: until it was read, and of a processor in the server."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The product's server and the one of the bare pages."""

    own: Server
    bare: Server

    def compare(self, name: str, calls: Iterable[tuple[Call, Call]]) -> dict[str, object]:
        """Ask both by turns, so that both meet the same machine; return the medians of what their answers take.

        Of the product's also what nineteen in twenty stay below, and how many times the median that is.
        """
        timed = [(measure(self.own, own), measure(self.bare, bare)) for own, bare in calls]
        slow = quantiles([each.wall for each, _ in timed], n=20)[-1]
        own, bare = (
            Taken(median(each[place].wall for each in timed), median(each[place].cpu for each in timed))
            for place in (0, 1)
        )
        return {
            f"{name}_ms": round(own.wall, 1),
            f"{name}_floor_ms": round(bare.wall, 1),
            f"{name}_vs_floor": round(own.wall / bare.wall, 2),
            f"{name}_p95_ms": round(slow, 1),
            f"{name}_p95_vs_p50": round(slow / own.wall, 2),
            f"{name}_cpu_ms": round(own.cpu, 2),
            f"{name}_floor_cpu_ms": round(bare.cpu, 2),
            f"{name}_cpu_vs_floor": round(own.cpu / bare.cpu, 2),
        }


def measure(server: Server, call: Call) -> Taken:
    """Send a request; return what its answer takes."""
    began = _spend(server)
    wall = call.time()
    return Taken(wall, _spend(server) - began)


def warm_up(server: Server, calls: Iterator[Call], *, at_once: int = WORKERS) -> int:
    """Send requests until each process has answered twice: it has read its templates and built its statements.

    Args:
        calls: endless.
        at_once: of so many sent together each is answered by a process of its own; 1 for what goes one after the other.

    Returns how many were sent.
    """
    answered: Counter[int] = Counter()
    with ThreadPoolExecutor(at_once) as pool:
        for sent in range(at_once, MOST_WARM_UP + 1, at_once):
            before = _spend_each(server)
            list(pool.map(Call.time, islice(calls, at_once)))
            after = _spend_each(server)
            started = dict.fromkeys(after, 0.0) | before  # the last processes may only start now
            answered.update(worker for worker in after if after[worker] - started[worker] > ANSWER_MS)
            if min(answered[worker] for worker in after) >= WARM_UP:
                return sent
    return MOST_WARM_UP


def _spend(server: Server) -> float:
    """Return the milliseconds of a processor that the processes which answer have taken so far."""
    return sum(_spend_each(server).values())


def _spend_each(server: Server) -> dict[int, float]:
    return {worker: _spend_of(worker) for worker in server.list_workers()}


def _spend_of(worker: int) -> float:
    tasks = Path(f"/proc/{worker}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) * NANOSECONDS
