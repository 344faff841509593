"""Files of every kind become the same table; a CSV that we write runs nowhere."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from review.adapters import spreadsheet
from review.adapters.csv_lines import guard_formula, write_csv
from review.adapters.spreadsheet import read_table
from review.domain.errors import Invalid
from review.domain.table import Cell, Row


def refusal(data: bytes) -> list[tuple[str, int | None]]:
    with pytest.raises(Invalid) as caught:
        read_table(data, "people.csv")
    return [(str(fault.what), fault.row) for fault in caught.value.faults]


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "People"
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "Read as UTF-8."),
        ("utf-8-sig", "Read as UTF-8."),
        ("utf-16", "Read as UTF-16."),
        ("cp1252", "Read as Windows-1252: please check that letters with accents are right."),
    ],
)
@pytest.mark.parametrize(("delimiter", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab")])
def test_encodings_and_delimiters_are_found_and_said(encoding: str, said: str, delimiter: str, name: str) -> None:
    words = f'id{delimiter}"name, first; last"\r\n1{delimiter}Zoë\r\n\r\n2{delimiter}"Two\nlines"\r\n'
    table = read_table(words.encode(encoding), "people.csv")
    assert table.header == ("id", "name, first; last")
    assert table.rows == (Row(2, ("1", "Zoë")), Row(4, ("2", "Two\nlines")))
    assert [str(note) for note in table.notes] == [said, f"Columns parted by {name}."]


def test_a_sep_line_names_the_delimiter() -> None:
    assert read_table(b"sep=;\r\na,b;c\r\n1;2\r\n", "f.csv").header == ("a,b", "c")


def test_workbooks_keep_days_and_lose_no_zeros_after_the_point() -> None:
    table = read_table(
        workbook(("id", "since", "share"), (7.0, datetime(2026, 3, 1), 0.5), (), ("x", None, None)),  # noqa: DTZ001
        "people.xlsx",
    )
    assert table.rows == (Row(2, (7, date(2026, 3, 1), 0.5)), Row(4, ("x", None, None)))
    assert [str(note) for note in table.notes] == ["Read from the sheet People."]


@pytest.mark.parametrize(
    ("data", "what", "row"),
    [
        (b"", "the file is empty", None),
        (b"\n \n", "the file is empty", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "this is an old or encrypted Excel file", None),
        (b"PK\x03\x04nonsense", "the workbook cannot be read", None),
        ("a,b".encode("utf-16-le"), "this looks like UTF-16 without its mark", None),
        (b"\xff\xfea", "this is not whole UTF-16", None),
        (b"name\nZo\x81\xeb", "the encoding cannot be told", None),
        (b'a,b\n1,"2\n3,4\n', "the row cannot be read (unexpected end of data)", 2),
        (b"a,b\n1,2,3\n", "the row has 3 cells", 2),
        (b"a\n" + b"x" * 10_001, "the cell has 10001 characters", 2),
        (b"a\n" + b"x" * 200_000, "the row cannot be read (field larger than field limit (131072))", 2),
        (b",".join([b"a"] * 101), "too many columns", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, what: str, row: int | None) -> None:
    assert refusal(data) == [(what, row)]


def test_sizes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_ROWS", 2)
    assert refusal(b"a\n1\n2\n3\n") == [("too many rows", None)]
    monkeypatch.setattr(spreadsheet, "MAX_BYTES", 10)
    assert refusal(b"a\n" + b"1\n" * 9) == [("the file is too large", None)]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_UNPACKED_BYTES", 1_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 2_000_000)
    assert refusal(out.getvalue()) == [("the workbook unpacks to more than can be read safely", None)]


def test_a_workbook_of_very_many_parts_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for number in range(spreadsheet.MAX_PARTS + 1):
            packed.writestr(f"xl/{number}.xml", b"")
    assert refusal(out.getvalue()) == [("the workbook has too many parts", None)]


ENTITIES = {
    "words": '<!ENTITY x "1">',
    "a file of this machine": '<!ENTITY x SYSTEM "file:///etc/hostname">',
    "laughs": '<!ENTITY x "1"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">',
}


@pytest.mark.parametrize("kind", ENTITIES)
@pytest.mark.parametrize(
    ("part", "place"),
    [
        ("xl/worksheets/sheet1.xml", "<v>7</v>"),
        ("xl/workbook.xml", 'name="People"'),
        ("xl/worksheets/sheet1.xml", "<t>id</t>"),
        ("docProps/core.xml", "openpyxl"),
        ("[Content_Types].xml", "xl/workbook.xml"),
    ],
)
def test_a_workbook_that_defines_entities_is_refused(kind: str, part: str, place: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(("id",), (7,)))) as plain, zipfile.ZipFile(out, "w") as packed:
        assert part in plain.namelist()
        for entry in plain.infolist():
            content = plain.read(entry).decode()
            if entry.filename == part:
                begin, root, rest = re.split(r"(<(?=[A-Za-z]))", content, maxsplit=1)
                assert place in rest
                named = place.replace("7", "&x;").replace("People", "&x;").replace("id", "&x;")
                content = (
                    f"{begin}<!-- {'x' * 9000} --><!DOCTYPE r [{ENTITIES[kind]}]>{root}{rest.replace(place, named)}"
                )
            packed.writestr(entry.filename, content)
    assert refusal(out.getvalue()) == [("the workbook defines entities of its own", None)]


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("hello.txt", b"hello")
    assert refusal(out.getvalue()) == [("the workbook cannot be read", None)]


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("", ""),
        ("two\nlines", "two\nlines"),
        ("\x00=1", "'=1"),
        ("\u00a0no break", "\u00a0no break"),
        ("a\x00b", "ab"),
        (-2, -2),
        (date(2026, 1, 2), "2026-01-02"),
        (None, None),
    ],
)
def test_formulas_are_guarded(cell: Cell, safe: Cell) -> None:
    assert guard_formula(cell) == safe


def test_csv_is_written_for_every_program() -> None:
    data = write_csv(("id", "name"), [("1", '=HYPERLINK("x")'), ("2", "Zoë, née")])
    assert data.decode("utf-8-sig") == 'id,name\r\n1,"\'=HYPERLINK(""x"")"\r\n2,"Zoë, née"\r\n'
    assert data.startswith(b"\xef\xbb\xbf")


def test_numbers_that_are_equal_are_written_as_what_they_are() -> None:
    data = write_csv(("n",), [(1,), (True,), (1.0,), (date(2026, 1, 2),), (date(2026, 1, 2),)])
    assert data.decode("utf-8-sig").split() == ["n", "1", "True", "1.0", "2026-01-02", "2026-01-02"]
