"""On a full disk, and without its database, Dualtrack says 503 with the text in the page, and recovers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fault_away import measure_away
from bench.fault_disk import measure_full_disk
from bench.fault_ground import Ground


@pytest.mark.both_databases
def test_a_full_disk_costs_no_word(database_kind: str, tmp_path: Path) -> None:
    figures = measure_full_disk(ground_of(database_kind, tmp_path))
    none = ("disk_full_wrong", "disk_full_lost", "disk_full_not_back", "disk_full_reads_wrong")
    assert {name: figures[name] for name in none} == dict.fromkeys(none, 0)
    assert min(int(str(figures[name])) for name in ("disk_full_tried", "disk_full_acknowledged")) >= 8


@pytest.mark.both_databases
def test_a_database_that_is_away_costs_no_word(database_kind: str, tmp_path: Path) -> None:
    figures = measure_away(ground_of(database_kind, tmp_path))
    assert figures == {"away_tried": 16, "away_acknowledged": 16, "away_wrong": 0, "away_not_back": 0}


def ground_of(database_kind: str, folder: Path) -> Ground:
    """Return where a fault is tried; each takes a PostgreSQL of its own."""
    return Ground(folder, is_quick=True, database_url="" if database_kind == "sqlite" else database_kind)
