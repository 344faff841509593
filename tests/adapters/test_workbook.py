"""Workbooks that we write: what was put in, nothing runs, and a long one is sent while its rows come."""

from __future__ import annotations

import gc
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime

import openpyxl
import pytest

from review.adapters.workbook import PIECE_ROWS, stream_xlsx


def test_cells_are_read_as_what_they_are() -> None:
    rows = [("Zoë & <b>Ito</b>", 3, 2.5, True, None, date(2026, 11, 16)), ("two\nlines ", -1, 0, False, "", None)]
    about = ("About", [("Rows", 2)])
    data = b"".join(stream_xlsx([f"c{number}" for number in range(6)], rows, "People: all", about))
    page, about = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    day = datetime(2026, 11, 16)  # noqa: DTZ001 - days are read so
    assert list(page.values)[1:] == [(*rows[0][:5], day), (*rows[1][:4], None, None)]
    assert [page.title, page.freeze_panes, page["F2"].number_format] == ["People  all", "A2", "yyyy-mm-dd"]
    assert [about.title, *about.values] == ["About", ("Rows", 2)]


def test_workbooks_are_written_as_text() -> None:
    long = "y" * 40_000
    rows = [(1, "=1+1"), (2, "a\x0bb"), (3, long), (4, "#N/A")]
    data = b"".join(stream_xlsx(("id", "name"), rows, "People"))
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    assert page is not None
    cells = [page.cell(row, 2) for row in (2, 3, 4, 5)]
    assert [(cell.value, cell.data_type) for cell in cells] == [
        ("=1+1", "s"),
        ("ab", "s"),
        (long[:32_766] + "…", "s"),
        ("#N/A", "s"),
    ]
    assert [cell.quotePrefix for cell in cells] == [True, False, False, False]


def test_it_is_sent_while_its_rows_come() -> None:
    taken: list[int] = []

    def rows() -> Iterator[tuple[int, str]]:
        for number in range(3 * PIECE_ROWS):
            taken.append(number)
            yield number, f"Row {number}"

    pieces = stream_xlsx(("id", "words"), rows(), "Long")
    first = next(pieces)
    assert len(taken) == PIECE_ROWS - 1  # the header is a row too
    data = b"".join([first, *pieces])
    assert (data[6] & 8, data[28:30]) == (8, b"\0\0")  # as Excel reads it: sizes behind the part, not in 64 bits
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert [row[0] for row in page.values] == ["id", *range(3 * PIECE_ROWS)]


def test_a_fault_among_the_rows_is_told_and_leaves_no_whole_file() -> None:
    def rows() -> Iterator[tuple[str]]:
        yield from [("a",)] * PIECE_ROWS
        raise LookupError("gone")

    pieces, sent = stream_xlsx(("id",), rows(), "Broken"), []
    with pytest.raises(LookupError):
        sent.extend(pieces)
    assert zipfile.is_zipfile(io.BytesIO(b"".join(sent))) is False


def test_who_stops_reading_leaves_nothing_open() -> None:
    pieces = stream_xlsx(("id",), [("a",)] * (3 * PIECE_ROWS), "Left")
    assert next(pieces) != b""
    pieces.close()  # type: ignore[attr-defined]
    gc.collect()  # what is left open would warn, and a warning fails the test
