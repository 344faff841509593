"""What faults cost, row by row: each is tried on both databases, and counts only where something was broken on purpose
and something was acknowledged meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bench.fault_deadlines import measure_deadlines
from bench.fault_disk import measure_away, measure_full_disk
from bench.fault_forms import measure_forms
from bench.fault_ground import Ground
from bench.fault_hostile import measure_hostile
from bench.fault_leavers import measure_leavers
from bench.fault_mail import measure_mail
from bench.fault_migrations import measure_migrations
from bench.fault_saves import measure_saves
from bench.fault_tabs import measure_tabs
from bench.fault_typing import measure_typing
from bench.fault_votes import ROUNDS, measure_votes
from bench.takeover import measure_takeover
from tests.postgres import PostgresServer

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)
AT_ONCE = {True: 8, False: 3}
"""How many are tried beside each other; True: quick."""
LONG = frozenset({"saves", "votes", "takeover", "typing", "hostile_input"})
"""The rows that take longest begin first: the others fill what is left of the time."""
Figures = dict[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """A promise: how it is tried, the figures that must not be 0, and those that must."""

    name: str
    measure: Callable[[Ground], Figures]
    counted: tuple[str, ...]
    none: tuple[str, ...]
    databases: tuple[str, ...] = BOTH


def votes(ground: Ground) -> Figures:
    """Let thirty vote at once while processes are killed."""
    found = measure_votes(ground.folder, rounds=ROUNDS[ground.is_quick], database_url=ground.database_url)
    return {f"votes_{name}": count for name, count in found.items()}


def takeover(ground: Ground) -> Figures:
    """Print by several workers while one is killed."""
    found = measure_takeover(ground.folder, is_quick=ground.is_quick, database_url=ground.database_url)
    return {f"takeover_{name}": figure for name, figure in found.items()}


WRONG_VOTES = ("lost", "doubled", "overwrites", "chain_breaks", "tally_differences", "decision_differences")
ROWS = (
    Row("saves", measure_saves, ("injected", "acknowledged"), ("lost", "doubled", "breaks_in_trail")),
    Row("mails", measure_mail, ("mails_kills", "mails_acknowledged"), ("mails_missing", "mails_without_right")),
    Row(
        "forms",
        measure_forms,
        ("submissions_cut", "submissions_acknowledged"),
        ("submissions_doubled", "submissions_missing"),
    ),
    Row("tabs", measure_tabs, ("tabs_told", "tabs_acknowledged"), ("overwrites", "tabs_lost", "tabs_untold")),
    Row(
        "migrations",
        measure_migrations,
        ("migrations_killed", "migrations_tried"),
        ("migrations_wrong", "migrations_not_resumed", "migrations_tables_empty"),
    ),
    Row("votes", votes, ("votes_kills", "votes_acknowledged"), tuple(f"votes_{name}" for name in WRONG_VOTES)),
    Row(
        "leavers",
        measure_leavers,
        ("deactivated", "deactivated_before", "deactivated_asked"),
        ("deactivated_served", "deactivated_written"),
    ),
    Row("deadlines", measure_deadlines, ("deadlines_tried",), ("deadlines_wrong",)),
    Row("takeover", takeover, ("takeover_killed", "takeover_prints"), ("takeover_lost", "takeover_doubled")),
    Row("typing", measure_typing, ("typed_kills", "typed_acknowledged"), ("typed_lost", "typed_kept_outside")),
    Row(
        "disk",
        measure_full_disk,
        ("disk_full_tried", "disk_full_acknowledged"),
        ("disk_full_wrong", "disk_full_lost", "disk_full_not_back", "disk_full_reads_wrong"),
        (SQLITE,),
    ),
    Row("hostile_input", measure_hostile, ("hostile_tried", "hostile_accepted"), ("hostile_wrong",)),
    Row("away", measure_away, ("away_tried", "away_acknowledged"), ("away_wrong", "away_not_back"), (POSTGRESQL,)),
)


def measure_faults(folder: Path, *, is_quick: bool) -> Figures:
    """Try every row on its databases, several beside each other; `failed` names what did not hold or did not count."""
    found: Figures = {}
    failed: list[str] = []
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])  # what all need is read once
    with PostgresServer() as server, ProcessPoolExecutor(AT_ONCE[is_quick], context) as pool:
        runs = list(_list_runs(folder, server, is_quick))
        begun = {run: pool.submit(run[0].measure, run[2]) for run in sorted(runs, key=_comes_late)}
        for run in runs:
            (row, database, _), figures = run, begun[run].result()
            found |= {f"{database}_{name}": figure for name, figure in figures.items()}
            failed += [f"{database}_{name}" for name in find_failed(row, figures)]
    return {**found, "failed": failed}


def _list_runs(folder: Path, server: PostgresServer, is_quick: bool) -> Iterator[tuple[Row, str, Ground]]:
    for row in ROWS:
        for database in row.databases:
            place = folder / f"{row.name}-{database}"
            place.mkdir()
            url = server.url(server.create_database()) if database == POSTGRESQL else ""
            yield row, database, Ground(place, is_quick, url)


def _comes_late(run: tuple[Row, str, Ground]) -> bool:
    return run[0].name not in LONG


def find_failed(row: Row, figures: Figures) -> list[str]:
    """Return the figures that say a promise was broken, and those without which nothing was shown."""
    return [name for name in row.counted if not figures.get(name)] + [name for name in row.none if figures.get(name, 1)]
