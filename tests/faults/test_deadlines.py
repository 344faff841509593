"""Deadlines hold to the second around changes of the clocks, also where these happen at midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bench.fault_deadlines import DAYS, QUICK_ZONES, ZONES, find_changes, find_last_second, measure_deadlines
from bench.fault_ground import Ground

CHANGES = 2


@pytest.mark.both_databases
def test_deadlines_pass_in_the_last_second_of_their_day(database_url: str, tmp_path: Path) -> None:
    figures = measure_deadlines(Ground(tmp_path, is_quick=True, database_url=database_url))
    assert figures == {"deadlines_tried": QUICK_ZONES * CHANGES * len(DAYS), "deadlines_wrong": 0}


def test_the_clock_that_deadlines_are_held_against() -> None:
    """Santiago sets its clocks back at midnight: the last hour of the day comes twice."""
    assert find_last_second("Europe/Berlin", date(2027, 3, 28)) == datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC)
    assert find_last_second("America/Santiago", date(2027, 4, 3)) == datetime(2027, 4, 4, 3, 59, 59, tzinfo=UTC)
    assert {zone: len(find_changes(zone, 2027)) for zone in ZONES} == dict.fromkeys(ZONES, CHANGES)
