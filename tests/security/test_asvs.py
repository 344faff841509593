"""The table of the verification standard: whole, in order, and each answer shown by a file that is there."""

from __future__ import annotations

import csv
from collections import Counter

from review.config import ROOT

TABLE = ROOT / "docs" / "asvs.csv"
REQUIREMENTS = dict(enumerate((27, 11, 19, 10, 9, 35, 18, 13, 7, 29, 14, 9, 13, 13, 13, 17, 7), start=1))
"""How many of each chapter are of level 2 or below, or of level 3 in chapters 8, 14 and 16 (OWASP ASVS 5.0.0)."""
SHOWN = {"met", "part"}
TOLD = {"not applicable", "operator", "not met"}


def read_rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def number(row: dict[str, str]) -> tuple[int, ...]:
    return tuple(map(int, row["requirement"].split(".")))


def test_every_requirement_is_answered_once_and_in_order() -> None:
    numbers = [number(row) for row in read_rows()]
    assert Counter(chapter for chapter, *_ in numbers) == REQUIREMENTS
    assert numbers == sorted(set(numbers))


def test_what_is_met_is_shown_and_what_is_not_says_why() -> None:
    for row in read_rows():
        place, is_shown = row["shown by"], row["state"] in SHOWN
        assert (row["state"] in SHOWN | TOLD, bool(row["how"]), bool(place)) == (True, True, is_shown), row
        assert not place or (ROOT / place).is_file(), row
