"""Workbooks that we write: read by another program as what was put in, and nothing in them is a formula."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from xml.etree import ElementTree

import openpyxl
import pytest

from review.adapters.workbook import write_xlsx


def read(data: bytes) -> list[tuple[str, list[list[object]]]]:
    """Return name and cells of each sheet."""
    pages = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return [(page.title, [[cell.value for cell in row] for row in page.iter_rows()]) for page in pages]


def test_cells_are_read_as_what_they_are() -> None:
    rows = [
        ("Zoë & <b>Ito</b>", 3, 2.5, True, None, date(2026, 11, 16), datetime(2026, 11, 16, 9, 30, 15)),  # noqa: DTZ001
        ("two\r\nlines\tand  room ", -1, 1e-7, False, None, date(1999, 12, 31), datetime(2026, 2, 28)),  # noqa: DTZ001
    ]
    data = write_xlsx(
        [f"c{number}" for number in range(7)], rows, "People: all/of [them] " + "x" * 40, ("About", [("Rows", 2)])
    )
    [(name, cells), about] = read(data)
    assert name == "People  all of  them  xxxxxxxxx"
    midnight = [datetime(row[5].year, row[5].month, row[5].day) for row in rows]  # noqa: DTZ001 - days are read so
    assert cells[1:] == [[*row[:5], day, row[6]] for row, day in zip(rows, midnight, strict=True)]
    assert about == ("About", [["Rows", 2]])
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert [page["F2"].number_format, page["G2"].number_format, page.freeze_panes] == [
        "yyyy-mm-dd",
        "yyyy-mm-dd h:mm:ss",
        "A2",
    ]


def test_columns_beyond_z_have_two_letters() -> None:
    data = write_xlsx([str(place) for place in range(704)], [], "Wide")
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert [page[where].value for where in ("Z1", "AA1", "ZZ1", "AAA1")] == ["25", "26", "701", "702"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "|"])
def test_nothing_is_a_formula(sign: str) -> None:
    page = openpyxl.load_workbook(io.BytesIO(write_xlsx([f"{sign}1"], [(f"{sign}1+1",)], "x"))).worksheets[0]
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in (page["A1"], page["A2"])] == [
        (f"{sign}1", "s", True),
        (f"{sign}1+1", "s", True),
    ]


def test_the_same_table_makes_the_same_bytes_and_each_part_is_whole_xml() -> None:
    data = write_xlsx(["a"], [("b\x0b\ud800",)] * 2500, "x", ("y", []))
    assert data == write_xlsx(["a"], [("b\x0b\ud800",)] * 2500, "x", ("y", []))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        roots = [ElementTree.fromstring(packed.read(name)).tag.rpartition("}")[2] for name in packed.namelist()]
    assert roots == ["Types", "Relationships", "Relationships", "workbook", "styleSheet", "worksheet", "worksheet"]
    assert read(data) == [("x", [["a"], *[["b"]] * 2500]), ("y", [])]
