"""Two servers asked by turns: how long each takes, and how much of a processor, which holds on a busy machine too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench.servers import Call, Server

NANOSECONDS = 1e-6
"""What one of them is in milliseconds."""
WARM_UP, MOST_WARM_UP = 2, 80
"""How often each process of a server answers before it counts, and how many requests are made of all to get there."""


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


def warm_up(server: Server, call: Call) -> None:
    """Send a request until each process has answered it twice: it has read its templates and built its statements."""
    answered: Counter[int] = Counter()
    for _ in range(MOST_WARM_UP):
        before = _spend_each(server)
        call.time()
        after = _spend_each(server)
        started = dict.fromkeys(after, 0.0) | before  # the last processes may only start now
        answered[max(after, key=lambda worker: after[worker] - started[worker])] += 1
        if min(answered[worker] for worker in after) >= WARM_UP:
            return


def _spend(server: Server) -> float:
    """Return the milliseconds of a processor that the processes which answer have taken so far."""
    return sum(_spend_each(server).values())


def _spend_each(server: Server) -> dict[int, float]:
    return {worker: _spend_of(worker) for worker in server.list_workers()}


def _spend_of(worker: int) -> float:
    tasks = Path(f"/proc/{worker}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) * NANOSECONDS
