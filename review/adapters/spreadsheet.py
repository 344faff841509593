"""Spreadsheets as people hand them in: CSV and XLSX become tables."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import IO

from review.adapters.file_kinds import WORKBOOK, find_text_fault, has_document_type
from review.domain.errors import Fault, Invalid
from review.domain.table import Cell, Row, Table
from review.domain.text import Text, text

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_PARTS = 1000
"""Files within a workbook: one with a picture on each of its sheets has fewer."""
MAX_ROWS = 200_000
MAX_COLUMNS = 100
MAX_CELL = 10_000
DELIMITERS = (",", ";", "\t")
_DELIMITER_NAMES = {",": text("comma"), ";": text("semicolon"), "\t": text("tab")}


class Cells(StrEnum):
    """What a cell of a workbook with a formula is read as: the value it had when it was saved, or the formula."""

    VALUES = "values"
    FORMULAS = "formulas"


def read_table(data: bytes, file: str, cells: Cells = Cells.VALUES) -> Table:
    """Read a CSV or XLSX file into a table; its content decides, not its name.

    Raises Invalid with a fault that says what was expected.
    """
    check_table(data, file)
    return _read_xlsx(data, file, cells) if data.startswith(WORKBOOK) else _read_csv(data, file)


def check_table(data: bytes, file: str) -> None:
    """Raise Invalid for what is no table, or a workbook that nobody should unpack; no row is read."""
    check_size(len(data), file)
    if data.startswith(WORKBOOK):
        _check_parts(data, file)
        return
    fault = find_text_fault(data, file, text("a file saved as .xlsx or as CSV"))
    if fault is not None:
        raise Invalid([fault])


def check_size(size: int, file: str) -> None:
    """Raise Invalid for a file of so many bytes that nobody should read it into memory."""
    if size > MAX_BYTES:
        raise _refused(file, text("the file is too large"), text("at most %(size)s MB", size=MAX_BYTES // 1024**2))


def decode(data: bytes, file: str) -> tuple[str, Text]:
    """Turn bytes into text and say which encoding was used: UTF-8, UTF-16 by its mark, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data[:200].count(0) > len(data[:200]) // 4:
        raise _refused(file, text("this looks like UTF-16 without its mark"), text("UTF-8, or UTF-16 with a mark"))
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding), text("Read as %(name)s.", name="UTF-16" if encoding == "utf-16" else "UTF-8")
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise _refused(file, text("this is not whole UTF-16"), text("UTF-8 or UTF-16")) from error
    try:
        return data.decode("cp1252"), text("Read as Windows-1252: please check that letters with accents are right.")
    except UnicodeDecodeError as error:
        raise _refused(file, text("the encoding cannot be told"), text("UTF-8, UTF-16 or Windows-1252")) from error


def find_delimiter(line: str) -> str:
    """Find which delimiter parts the header line; words in quotes do not count."""
    bare = re.sub(r'"(?:[^"]|"")*"', "", line)
    return max(DELIMITERS, key=bare.count)


def _read_csv(data: bytes, file: str) -> Table:
    words, encoding = decode(data, file)
    first, _, rest = words.partition("\n")
    hint = re.fullmatch(r"sep=([,;\t])\r?", first)
    delimiter = hint.group(1) if hint else find_delimiter(first)
    reader = csv.reader(io.StringIO(rest if hint else words, newline=""), delimiter=delimiter, strict=True)
    note = text("Columns parted by %(name)s.", name=_DELIMITER_NAMES[delimiter])
    return _table(_csv_rows(reader, file), file, (encoding, note))


def _csv_rows(reader: Iterator[list[str]], file: str) -> Iterator[tuple[Cell, ...]]:
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):  # noqa: B007  the number is told when reading fails
            yield tuple(cells)
    except csv.Error as error:
        what = text("the row cannot be read (%(why)s)", why=str(error))
        expected = text('quotes that are closed, and "" for a quote inside quotes')
        raise Invalid([Fault(what, expected, file=file, row=number + 1)]) from error


def _read_xlsx(data: bytes, file: str, cells: Cells) -> Table:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=cells is Cells.VALUES, keep_links=False
        )
        pages = [page for page in book.worksheets if page.sheet_state == "visible"]
        if not pages:
            raise _refused(file, text("there is no visible sheet"), text("a workbook with one sheet"))
        notes = [text("Read from the sheet %(name)s.", name=pages[0].title)]
        if len(pages) > 1:
            notes.append(text("The other sheets were not read."))
        pages[0].reset_dimensions()
        rows = pages[0].iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
        return _table((tuple(_plain_cell(cell) for cell in row) for row in rows), file, tuple(notes))
    except (InvalidFileException, KeyError, ValueError, SyntaxError, OSError, zipfile.BadZipFile, EOFError) as error:
        # A broken workbook surfaces as any of these; SyntaxError is the parent of XML's ParseError.
        raise _refused(file, text("the workbook cannot be read"), text("a whole .xlsx file")) from error


def _check_parts(data: bytes, file: str) -> None:
    source: IO[bytes] = io.BytesIO(data)
    try:
        with zipfile.ZipFile(source) as packed:
            parts = packed.infolist()
            _check_sizes(parts, file)
            has_entities = any(has_document_type(packed, part) for part in parts)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        # RuntimeError: a part is encrypted; NotImplementedError: packed in a way that Python does not know
        raise _refused(file, text("the workbook cannot be read"), text("a whole .xlsx file")) from error
    if has_entities:
        raise _refused(file, text("the workbook defines entities of its own"), text("a workbook as programs save it"))


def _check_sizes(parts: Sequence[zipfile.ZipInfo], file: str) -> None:
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        raise _refused(file, text("the workbook holds macros"), text("a workbook saved as .xlsx, without macros"))
    if len(parts) > MAX_PARTS:
        raise _refused(file, text("the workbook has too many parts"), text("at most %(count)s", count=MAX_PARTS))
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _refused(
            file,
            text("the workbook unpacks to more than can be read safely"),
            text("at most %(size)s MB", size=MAX_UNPACKED_BYTES // 1024**2),
        )


def _plain_cell(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, str | int | float | date):
        return value
    if hasattr(value, "ref"):  # a formula of several cells
        return "="
    return str(value)


def _table(raw: Iterable[tuple[Cell, ...]], file: str, notes: tuple[Text, ...]) -> Table:
    """Take the first row with words as the header; rows keep the numbers that a spreadsheet shows."""
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, cells in enumerate(raw, start=1):
        if number > MAX_ROWS + 1:
            raise _refused(file, text("too many rows"), text("at most %(count)s rows", count=MAX_ROWS))
        filled = _without_blank_end(cells)
        if not filled:
            continue
        if not header:
            header = tuple("" if cell is None else str(cell) for cell in filled)
            continue
        faults += _faults_of_row(filled, header, file, number)
        rows.append(Row(number, filled + (None,) * (len(header) - len(filled))))
    if not header:
        raise _refused(file, text("the file is empty"), text("a first row with the names of the columns"))
    if len(header) > MAX_COLUMNS:
        raise _refused(file, text("too many columns"), text("at most %(count)s columns", count=MAX_COLUMNS))
    if faults:
        raise Invalid(faults)
    return Table(header, tuple(rows), notes)


def _faults_of_row(cells: tuple[Cell, ...], header: tuple[str, ...], file: str, number: int) -> Iterator[Fault]:
    if len(cells) > len(header):
        what = text("the row has %(have)s cells", have=len(cells))
        yield Fault(what, text("as many as the header: %(need)s", need=len(header)), file=file, row=number)
    for column, cell in enumerate(cells[: len(header)]):
        if isinstance(cell, str) and len(cell) > MAX_CELL:
            what = text("the cell has %(have)s characters", have=len(cell))
            yield Fault(what, text("at most %(need)s", need=MAX_CELL), file=file, row=number, field=header[column])


def _without_blank_end(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    end = len(cells)
    while end and (cells[end - 1] is None or not str(cells[end - 1]).strip()):
        end -= 1
    return cells[:end]


def _refused(file: str, what: Text, expected: Text) -> Invalid:
    return Invalid([Fault(what, expected, file=file)])
