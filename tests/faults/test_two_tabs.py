"""Two tabs that save the same field at once: one is kept, the other is shown both texts, nothing is lost silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fault_ground import Ground
from bench.fault_tabs import measure_tabs

ROUNDS = 8


@pytest.mark.both_databases
def test_two_tabs_never_overwrite_silently(database_url: str, tmp_path: Path) -> None:
    figures = measure_tabs(Ground(tmp_path, is_quick=True, database_url=database_url), interleavings=ROUNDS)
    assert figures == {
        "interleavings": ROUNDS,
        "tabs_acknowledged": ROUNDS,
        "tabs_told": ROUNDS,
        "overwrites": 0,
        "tabs_lost": 0,
        "tabs_untold": 0,
    }
