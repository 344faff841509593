"""Promises, row by row: each is tried on its databases, several beside each other, in processes of their own.

A row counts only where something was broken on purpose and something was acknowledged meanwhile.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.fault_ground import FILE, Ground
from bench.patterns import POSTGRESQL, SQLITE, Patterns
from bench.preload import begin_to_load
from tests.postgres import PostgresServer

BOTH = (SQLITE, POSTGRESQL)
Figures = dict[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """A promise: how it is tried, the figures that must not be 0, and those that must."""

    name: str
    measure: Callable[[Ground], Figures]
    counted: tuple[str, ...]
    none: tuple[str, ...]
    databases: tuple[str, ...] = BOTH


@dataclass(frozen=True, slots=True)
class Run:
    """A row on one of its databases, and what is to become of it."""

    row: Row
    database: str
    begun: Future[Figures]

    def end(self) -> Figures:
        """Return the figures; one that breaks off has none, and the others go on: the reason is told at once."""
        error = self.begun.exception()
        if error is None:
            return self.begun.result()
        print(f"{self.row.name} on {self.database} broke off:", file=sys.stderr)
        traceback.print_exception(error)
        return {}


def measure_rows(folder: Path, rows: Sequence[Row], *, is_quick: bool, at_once: int) -> Iterator[tuple[Run, Figures]]:
    """Try every row on its databases, the first rows first; give what each came to.

    Args:
        at_once: how many are tried beside each other.
    """
    forking = begin_to_load(rows[0].measure.__module__)
    with PostgresServer() as server, ProcessPoolExecutor(at_once, forking) as pool:
        patterns = Patterns(folder, server)
        patterns.make(pool)
        runs = [
            Run(row, database, pool.submit(row.measure, _ground(patterns, row, database, is_quick=is_quick)))
            for row in rows
            for database in row.databases
        ]
        for run in runs:
            yield run, run.end()


def _ground(patterns: Patterns, row: Row, database: str, *, is_quick: bool) -> Ground:
    place = patterns.folder / f"{row.name}-{database}"
    place.mkdir()
    url = patterns.copy(database, place / FILE)
    return Ground(place, is_quick, url if database == POSTGRESQL else "", patterns.data)


def find_failed(row: Row, figures: Figures) -> list[str]:
    """Return the figures that say a promise was broken, and those without which nothing was shown."""
    return [name for name in row.counted if not figures.get(name)] + [name for name in row.none if figures.get(name, 1)]
