"""Tables as workbooks that no program executes, sent while they are written: only the rows are in memory."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from zipfile import ZIP_DEFLATED, ZipFile

from review.adapters.csv_lines import CONTROL, FORMULA_STARTS
from review.domain.table import Cell

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell as SheetCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet
    from openpyxl.worksheet.worksheet import Worksheet
    from typing_extensions import Buffer

LONGEST_CELL = 32_767
LONGEST_NAME = 31
FIRST_SHEET = "xl/worksheets/sheet1.xml"
PIECE_ROWS = 500
"""How many rows are written before they are sent."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
"""What no sheet may be called with."""
_RISKY = frozenset((*FORMULA_STARTS, "#"))
"""How words begin that the library would take for something else: a formula, or a fault of one."""
Lines = Iterable[Sequence[Cell]]


def stream_xlsx(
    header: Sequence[str], rows: Lines, sheet: str, about: tuple[str, Sequence[tuple[str, Cell]]] | None = None
) -> Iterator[bytes]:
    """Yield a workbook of one sheet in pieces; text stays text even where it begins like a formula.

    Args:
        about: name and rows of a second sheet that says what the table is.
    """
    import openpyxl

    outlet, book = _Outlet(), openpyxl.Workbook(write_only=True)
    with ZipFile(outlet, "w", ZIP_DEFLATED) as packed:
        page = _add_sheet(book, sheet)
        page.freeze_panes = "A2"
        lines = itertools.chain([header], rows)
        with _write_through(page, packed):
            while piece := list(itertools.islice(lines, PIECE_ROWS)):
                _append(page, piece)
                if written := outlet.take():  # packing holds some back
                    yield written
        if about is not None:
            _append(_add_sheet(book, about[0]), about[1])
        _write_frame(book, packed)
    yield outlet.take()


class _Outlet(io.RawIOBase):
    """A file that is read piece by piece while it is written; nothing in it can be gone back to."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Buffer) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """Return what was written since it was asked last."""
        written = b"".join(self._pieces)
        self._pieces.clear()
        return written


def _add_sheet(book: Workbook, name: str) -> WriteOnlyWorksheet:
    page = book.create_sheet(_NOT_IN_NAMES.sub(" ", name)[:LONGEST_NAME])
    return cast("WriteOnlyWorksheet", page)


@contextmanager
def _write_through(page: WriteOnlyWorksheet, packed: ZipFile) -> Iterator[None]:
    """Let the rows of the first sheet go into the file as they are appended.

    The library would keep them in a file of its own until the last is there.
    """
    from openpyxl.worksheet._writer import WorksheetWriter

    with packed.open(FIRST_SHEET, "w") as part:
        writer = page._writer = WorksheetWriter(page, part)  # type: ignore[attr-defined]
        writer.write_top()
        try:
            yield
        finally:
            page.close()


def _append(page: WriteOnlyWorksheet, rows: Lines) -> None:
    for row in rows:
        page.append([_cell_of(page, value) for value in row])


def _write_frame(book: Workbook, packed: ZipFile) -> None:
    """Write all that belongs to a workbook beside the first sheet."""
    from openpyxl.writer.excel import ExcelWriter

    class Frame(ExcelWriter):
        def write_worksheet(self, ws: Worksheet) -> None:
            if ws.path == f"/{FIRST_SHEET}":
                self.manifest.append(ws)
            else:
                super().write_worksheet(ws)

    Frame(book, packed).write_data()


def _cell_of(page: WriteOnlyWorksheet, value: Cell) -> Cell | SheetCell:
    """Return a value as it may stand there; nearly all may, and need no object of a cell."""
    if not isinstance(value, str) or (value[:1] not in _RISKY and value.isprintable() and len(value) <= LONGEST_CELL):
        return value
    from openpyxl.cell import WriteOnlyCell

    words = CONTROL.sub("", value)
    cell = WriteOnlyCell(page)
    cell.value = words if len(words) <= LONGEST_CELL else words[: LONGEST_CELL - 1] + "…"
    cell.data_type = "s"
    cell.quotePrefix = value.startswith(FORMULA_STARTS)
    return cell
