"""Two servers asked by turns: how long each takes, and how much of a processor, which holds on a busy machine too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.servers import Call, Server

NANOSECONDS = 1e-6
"""What one of them is in milliseconds."""


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
        """Ask both by turns, so that both meet the same machine; return the medians of what their answers take."""
        timed = [(_measure(self.own, own), _measure(self.bare, bare)) for own, bare in calls]
        own, bare = (
            Taken(median(each[place].wall for each in timed), median(each[place].cpu for each in timed))
            for place in (0, 1)
        )
        return {
            f"{name}_ms": round(own.wall, 1),
            f"{name}_floor_ms": round(bare.wall, 1),
            f"{name}_vs_floor": round(own.wall / bare.wall, 2),
            f"{name}_cpu_ms": round(own.cpu, 2),
            f"{name}_floor_cpu_ms": round(bare.cpu, 2),
            f"{name}_cpu_vs_floor": round(own.cpu / bare.cpu, 2),
        }


def _measure(server: Server, call: Call) -> Taken:
    began = _spend(server)
    wall = call.time()
    return Taken(wall, _spend(server) - began)


def _spend(server: Server) -> float:
    """Return the milliseconds of a processor that the processes which answer have taken so far."""
    tasks = [task for worker in server.list_workers() for task in Path(f"/proc/{worker}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) * NANOSECONDS
