"""A figure of the table of faults counts only where something was broken and something acknowledged meanwhile."""

from __future__ import annotations

import pytest

from bench.faults import ROWS
from bench.rows import Row, find_failed


def measure(_ground: object) -> dict[str, object]:
    return {}


@pytest.mark.parametrize(
    ("figures", "failed"),
    [
        ({"kills": 2, "acknowledged": 9, "lost": 0}, []),
        ({"kills": 2, "acknowledged": 9, "lost": 1}, ["lost"]),
        ({"kills": 0, "acknowledged": 9, "lost": 0}, ["kills"]),
        ({"kills": 2, "lost": 0}, ["acknowledged"]),
        ({"kills": 2, "acknowledged": 9}, ["lost"]),
    ],
)
def test_what_was_not_broken_or_not_counted_shows_nothing(figures: dict[str, object], failed: list[str]) -> None:
    assert find_failed(Row("saves", measure, ("kills", "acknowledged"), ("lost",)), figures) == failed


def test_every_row_says_what_was_broken_and_what_must_be_nothing() -> None:
    assert [row.name for row in ROWS if not row.counted or not row.none] == []
    assert len({row.name for row in ROWS}) == len(ROWS)
