"""What a company's size costs: an import, a cycle's opening, a sweep of timers, pages, at 1,000 people and more."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.scale_steps import measure_size
from bench.scale_world import POSTGRESQL, build_pattern, copy_pattern
from review.config import Settings
from tests.postgres import PostgresServer

QUICK, FULL = (1_000, 10_000), (1_000, 10_000, 100_000)
STEPS = ("import_s", "open_cycle_s", "sweep_s", "search_s", "board_s", "todo_s", "people_s")
LEAST_SECONDS = 0.02
"""What takes less says nothing of a curve: it counts as this much."""


def measure_scale(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Measure each size on SQLite, in the full run on PostgreSQL too; each in a process of its own."""
    if is_quick:
        return _measure_on_sqlite(folder, QUICK)
    with PostgresServer(options=POSTGRESQL) as server:
        return _measure_on_sqlite(folder, FULL) | _measure_on_postgresql(folder, server, FULL)


def _measure_on_sqlite(folder: Path, sizes: tuple[int, ...]) -> dict[str, object]:
    pattern = build_pattern(folder)
    places = {size: copy_pattern(pattern, folder / f"{size}.db") for size in sizes}
    return dict(_collect("", {size: _measure(settings, size) for size, settings in places.items()}))


def _measure_on_postgresql(folder: Path, server: PostgresServer, sizes: tuple[int, ...]) -> dict[str, object]:
    place = folder / "postgresql"
    place.mkdir()
    found = {}
    for size in sizes:
        found[size] = _measure(build_pattern(place, server.url(server.create_database())), size)
    return dict(_collect("pg_", found))


def _measure(settings: Settings, size: int) -> dict[str, float]:
    """Measure a size in a process of its own, whose memory is told too."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(measure_size, settings, size).result()


def _collect(prefix: str, found: Mapping[int, Mapping[str, float]]) -> Iterator[tuple[str, object]]:
    """Name every figure by its size, and tell for each step by which power of the size it grows between the ends."""
    for size, figures in found.items():
        for name, value in figures.items():
            yield f"{prefix}people_{size}_{name}", value
    smallest, largest = min(found), max(found)
    slopes = {step: _slope(found[smallest][step], found[largest][step], largest / smallest) for step in STEPS}
    for step, slope in slopes.items():
        yield f"{prefix}exponent_{step.removesuffix('_s')}", slope
    yield f"{prefix}largest_exponent", max(slopes.values())


def _slope(small: float, large: float, factor: float) -> float:
    times = max(large, LEAST_SECONDS) / max(small, LEAST_SECONDS)
    return round(math.log(times) / math.log(factor), 2)
