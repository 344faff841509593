"""Tables as a workbook, written as it lies in the file: no cell can be a formula, and no row is kept meanwhile.

The parts are those of ECMA-376 that a program needs to open a workbook: text stands in its cell (`inlineStr`), one
style says that text beginning like a formula was typed as text, two say what a day and a moment look like.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import chain, islice
from typing import NamedTuple

from review.adapters.csv_lines import CONTROL, FORMULA_STARTS
from review.domain.table import Cell

LONGEST_CELL = 32_767
LONGEST_NAME = 31
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - day 0 of a workbook, in no zone
DAY_SECONDS = 86_400
WRITTEN_ON = (1980, 1, 1, 0, 0, 0)
"""When the parts were made, as they say: the same table makes the same bytes."""
ROWS_AT_ONCE = 1000
TYPED_AS_TEXT, DAY, MOMENT = 1, 2, 3
"""Styles, by their place in _STYLES."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_RISKY = frozenset(FORMULA_STARTS)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = "application/vnd.openxmlformats-package.relationships"
_FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft"'
    ' state="frozen"/></sheetView></sheetViews>'
)
_STYLES = f"""<styleSheet xmlns="{_MAIN}">
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/>
<numFmt numFmtId="165" formatCode="yyyy-mm-dd h:mm:ss"/></numFmts>
<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>"""


class Page(NamedTuple):
    """A sheet: its name, its rows, and whether the first of them stays in sight."""

    name: str
    rows: Iterable[Sequence[Cell]]
    has_head: bool


def write_xlsx(
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    sheet: str,
    about: tuple[str, Sequence[tuple[str, Cell]]] | None = None,
) -> bytes:
    """Write one sheet; text stays text even where it begins like a formula.

    Args:
        rows: moments in them have no zone.
        about: name and rows of a second sheet that says what the table is.
    """
    pages = [Page(sheet, chain([header], rows), has_head=True)]
    if about is not None:
        pages.append(Page(about[0], about[1], has_head=False))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in _frame([_name_sheet(page.name) for page in pages]):
            _write_part(packed, name, [content])
        for number, page in enumerate(pages, 1):
            _write_part(packed, f"xl/worksheets/sheet{number}.xml", _spell_page(page))
    return out.getvalue()


def _write_part(packed: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    part = zipfile.ZipInfo(name, WRITTEN_ON)
    part.compress_type = zipfile.ZIP_DEFLATED
    with packed.open(part, "w", force_zip64=False) as file:
        file.write(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n')
        for piece in pieces:
            file.write(piece.encode())


def _name_sheet(name: str) -> str:
    """Return a name as a sheet may have it."""
    return CONTROL.sub("", _NOT_IN_NAMES.sub(" ", name))[:LONGEST_NAME].translate(_ESCAPES)


def _frame(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the parts that say what is in the workbook, by their names in it."""
    numbers = range(1, len(names) + 1)
    kinds = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    kinds += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers]
    typed = "".join(f'<Override PartName="{name}" ContentType="{_TYPES}.{kind}+xml"/>' for name, kind in kinds)
    rels = f'<Default Extension="rels" ContentType="{_RELATIONS}+xml"/>'
    yield "[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types">{rels}{typed}</Types>'
    yield "_rels/.rels", _relate([("officeDocument", "xl/workbook.xml")])
    parts = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _relate([*parts, ("styles", "styles.xml")])
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    )
    yield "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
    yield "xl/styles.xml", _STYLES


def _relate(parts: Sequence[tuple[str, str]]) -> str:
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>'


def _spell_page(page: Page) -> Iterator[str]:
    """Yield a sheet in pieces of many rows."""
    yield f'<worksheet xmlns="{_MAIN}">{_FROZEN if page.has_head else ""}<sheetData>'
    rows = enumerate(page.rows, 1)
    while piece := "".join(_spell_row(number, row) for number, row in islice(rows, ROWS_AT_ONCE)):
        yield piece
    yield "</sheetData></worksheet>"


def _spell_row(number: int, row: Sequence[Cell]) -> str:
    cells = [_spell_cell(f"{_letters(place)}{number}", value) for place, value in enumerate(row)]
    return f'<row r="{number}">{"".join(cells)}</row>'


@cache
def _letters(place: int) -> str:
    """Return what a column is called: A to Z, AA and on."""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _spell_cell(where: str, value: Cell) -> str:
    if isinstance(value, str):
        return _spell_words(where, value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{where}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, datetime):
        return f'<c r="{where}" s="{MOMENT}"><v>{(value - FIRST_DAY).total_seconds() / DAY_SECONDS!r}</v></c>'
    if isinstance(value, date):
        return f'<c r="{where}" s="{DAY}"><v>{value.toordinal() - FIRST_DAY.toordinal()}</v></c>'
    return f'<c r="{where}"><v>{value!r}</v></c>'


def _spell_words(where: str, value: str) -> str:
    words = value if value.isprintable() else CONTROL.sub("", value)
    if len(words) > LONGEST_CELL:
        words = words[: LONGEST_CELL - 1] + "…"
    style = f' s="{TYPED_AS_TEXT}"' if value[:1] in _RISKY else ""
    shown = words.translate(_ESCAPES)
    return f'<c r="{where}"{style} t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'
