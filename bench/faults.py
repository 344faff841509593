"""What faults cost, row by row, on both databases; bench.rows says when a row counts."""

from __future__ import annotations

from pathlib import Path

from bench.fault_away import measure_away
from bench.fault_backups import WRONG as WRONG_BACKUPS
from bench.fault_backups import measure_backups
from bench.fault_deadlines import measure_deadlines
from bench.fault_disk import measure_full_disk
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
from bench.rows import Figures, Row, find_failed, measure_rows
from bench.takeover import measure_takeover

AT_ONCE = {True: 8, False: 5}
"""How many are tried beside each other; True: quick."""


def votes(ground: Ground) -> Figures:
    """Let thirty vote at once while processes are killed."""
    found = measure_votes(ground.folder, rounds=ROUNDS[ground.is_quick], database_url=ground.database_url)
    return {f"votes_{name}": count for name, count in found.items()}


def takeover(ground: Ground) -> Figures:
    """Print by several workers while one is killed."""
    found = measure_takeover(ground.folder, is_quick=ground.is_quick, database_url=ground.url)
    return {f"takeover_{name}": figure for name, figure in found.items()}


WRONG_VOTES = ("lost", "doubled", "overwrites", "chain_breaks", "tally_differences", "decision_differences")
ROWS = (
    Row("saves", measure_saves, ("injected", "acknowledged"), ("lost", "doubled", "breaks_in_trail")),
    Row(
        "takeover",
        takeover,
        ("takeover_taken_over", "takeover_prints"),
        ("takeover_lost", "takeover_doubled", "takeover_failed"),
    ),
    Row("typing", measure_typing, ("typed_kills", "typed_acknowledged"), ("typed_lost", "typed_kept_outside")),
    Row("hostile_input", measure_hostile, ("hostile_tried", "hostile_accepted"), ("hostile_wrong",)),
    Row("votes", votes, ("votes_kills", "votes_acknowledged"), tuple(f"votes_{name}" for name in WRONG_VOTES)),
    Row(
        "backups",
        measure_backups,
        ("backups", "backups_acknowledged", "backups_files", "backups_waiting", "backups_opened_before"),
        tuple(f"backups_{name}" for name in WRONG_BACKUPS),
    ),
    Row(
        "migrations",
        measure_migrations,
        ("migrations_killed", "migrations_tried"),
        ("migrations_wrong", "migrations_not_resumed", "migrations_tables_empty"),
    ),
    Row("mails", measure_mail, ("mails_kills", "mails_acknowledged"), ("mails_missing", "mails_without_right")),
    Row(
        "forms",
        measure_forms,
        ("submissions_cut", "submissions_acknowledged"),
        ("submissions_doubled", "submissions_missing"),
    ),
    Row("tabs", measure_tabs, ("tabs_told", "tabs_acknowledged"), ("overwrites", "tabs_lost", "tabs_untold")),
    Row(
        "leavers",
        measure_leavers,
        ("deactivated", "deactivated_before", "deactivated_asked"),
        ("deactivated_served", "deactivated_written"),
    ),
    Row("deadlines", measure_deadlines, ("deadlines_tried",), ("deadlines_wrong",)),
    Row(
        "disk",
        measure_full_disk,
        ("disk_full_tried", "disk_full_acknowledged"),
        ("disk_full_wrong", "disk_full_lost", "disk_full_not_back", "disk_full_reads_wrong"),
    ),
    Row("away", measure_away, ("away_tried", "away_acknowledged"), ("away_wrong", "away_not_back")),
)
"""Those that take longest come first: the others fill what is left of the time."""


def measure_faults(folder: Path, *, is_quick: bool) -> Figures:
    """Try every row; `failed` names what did not hold or did not count."""
    found: Figures = {}
    failed: list[str] = []
    for run, figures in measure_rows(folder, ROWS, is_quick=is_quick, at_once=AT_ONCE[is_quick]):
        found |= {f"{run.database}_{name}": figure for name, figure in figures.items()}
        failed += [f"{run.database}_{name}" for name in find_failed(run.row, figures)]
    return {**found, "failed": failed}
