"""How many statements each page takes: the same for one row and for thirty, and no more than is written here."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from psycopg import _queries

from bench.pages import count_statements
from review.extensions import tune_engine
from review.queries.standing import _all_rows

COUNTS = {
    "home of HR": 4,
    "home of a manager": 3,
    "home of a giver": 3,
    "asked of me": 2,
    "committee": 7,
    "cycles": 2,
    "cycle": 4,
    "nominate": 5,
    "committees": 11,
    "make-up": 12,
    "calibration grid": 16,
    "release": 8,
    "case": 5,
    "ask for feedback": 7,
    "self-review": 5,
    "first view": 5,
    "people": 3,
    "ladders": 3,
    "workflows": 3,
    "delegations": 2,
    "record": 2,
}
"""Sign-in included, with one row in each list; a page that takes fewer may be written down anew."""


def test_no_page_takes_more_statements_for_more_rows(tmp_path: Path) -> None:
    counted = count_statements(tmp_path)
    assert [each.page for each in counted if each.grows] == []
    assert {each.page: each.few for each in counted} == COUNTS


def test_the_longest_statement_is_taken_apart_once() -> None:
    engine = sa.create_engine("postgresql+psycopg://")
    tune_engine(engine)
    longest = _all_rows().compile(dialect=engine.dialect)
    room_for_lists = 2  # each is written out with all that is in it
    assert room_for_lists * len(longest.binds) < _queries.MAX_CACHED_STATEMENT_PARAMS
    assert len(str(longest)) + room_for_lists * 1_000 < _queries.MAX_CACHED_STATEMENT_LENGTH
