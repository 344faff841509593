"""How many statements each page takes: the same for one row and for thirty, and no more than is written here."""

from __future__ import annotations

from pathlib import Path

from bench.pages import count_statements

COUNTS = {
    "home of HR": 6,
    "home of a manager": 6,
    "home of a giver": 6,
    "asked of me": 3,
    "committee": 8,
    "cycles": 3,
    "cycle": 11,
    "nominate": 8,
    "committees": 12,
    "make-up": 13,
    "calibration grid": 17,
    "release": 10,
    "case": 12,
    "ask for feedback": 9,
    "self-review": 7,
    "first view": 7,
    "people": 5,
    "ladders": 3,
    "workflows": 3,
    "delegations": 3,
    "record": 3,
}
"""Sign-in included, with one row in each list; a page that takes fewer may be written down anew."""


def test_no_page_takes_more_statements_for_more_rows(tmp_path: Path) -> None:
    counted = count_statements(tmp_path)
    assert [each.page for each in counted if each.grows] == []
    assert {each.page: each.few for each in counted} == COUNTS
