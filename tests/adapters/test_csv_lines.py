"""What a table is written as does not depend on whether its cells were looked at one by one."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from review.adapters.csv_lines import PIECE_ROWS, guard_formula, write_csv
from review.domain.table import Cell


@pytest.mark.parametrize("count", [1, PIECE_ROWS, 2 * PIECE_ROWS + 7])
def test_a_long_table_is_written_as_the_standard_writer_writes_its_guarded_cells(count: int) -> None:
    cells: list[Cell] = [
        "",
        "a",
        "b,c",
        'd"e',
        "f\ng",
        "h\rj",
        "-k",
        "l\x00m",
        "ü",
        None,
        0,
        -1,
        2.5,
        True,
        1,
        1.0,
        False,
        date(2026, 1, 2),
    ]
    steps = (0, 1, 2, 4, 7)
    rows = [[cells[number * step % len(cells)] for step in steps] for number in range(count)]
    plain = [[f"Name {number}", number, "", None] for number in range(count)]
    words = [cell for cell in cells if isinstance(cell, str)]
    odd = [
        *[["a"] * len(words)] * (count - 1),
        words,
    ]  # in each column, one cell alone may have to be quoted or guarded
    for table in (rows, plain, odd, [[row[1]] for row in rows]):
        header = [f"column {place}" for place, _ in enumerate(table[0])]
        expected = io.StringIO(newline="")
        csv.writer(expected, lineterminator="\r\n").writerows(
            [header, *([guard_formula(c) for c in row] for row in table)]
        )
        assert write_csv(header, table).decode("utf-8-sig") == expected.getvalue()
