"""Tables as CSV: UTF-8 that every spreadsheet program opens, without a cell that one would run."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import cast

from review.domain.table import Cell

PIECE_ROWS = 500
"""How many rows of a table are written before they are sent: some 64 kB."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
_RISKY = frozenset(FORMULA_STARTS)
_NUMBERS = frozenset({bool, int, float})
_QUOTED = frozenset(',"\r\n')
EMPTY_LINE = '""'
"""How a line with one empty cell is written: it would be no line else."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write UTF-8 with a mark and CRLF, so that every spreadsheet program opens it; no cell can be a formula."""
    return b"".join(stream_csv(header, rows))


def stream_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield the same in pieces, so that a long table is never in memory as a whole."""
    yield codecs.BOM_UTF8
    lines = itertools.chain([header], rows)
    while piece := list(itertools.islice(lines, PIECE_ROWS)):
        columns = [_spell_column(cells) for cells in zip(*piece, strict=True)]
        if len(columns) == 1:
            columns = [[words or EMPTY_LINE for words in columns[0]]]
        written = [",".join(words) for words in zip(*columns, strict=True)]
        yield "\r\n".join([*written, ""]).encode("utf-8", errors="replace")


def _spell_column(cells: Sequence[Cell]) -> Sequence[str]:
    """Return the cells of a column as they are written: each different one is looked at once, for many are alike.

    Whether words may stay as they are is told of all of them together.
    """
    kinds = set(map(type, cells))
    if len(kinds & _NUMBERS) > 1:  # 1 and True are equal, and two cells
        return list(map(_spell_cell, cells))
    different = set(cells)
    if kinds == {str} and _are_bare(cast("set[str]", different)):
        return cast("Sequence[str]", cells)
    spelt = {cell: _spell_cell(cell) for cell in different}
    return [spelt[cell] for cell in cells]


def _are_bare(words: Collection[str]) -> bool:
    """Tell whether none of these has to be quoted or guarded."""
    joined = "".join(words)
    if "," in joined or '"' in joined or not joined.isprintable():
        return False
    return _RISKY.isdisjoint({word[:1] for word in words})


def _spell_cell(cell: Cell) -> str:
    guarded = guard_formula(cell)
    words = "" if guarded is None else str(guarded)
    return words if _QUOTED.isdisjoint(words) else '"' + words.replace('"', '""') + '"'


def guard_formula(cell: Cell) -> Cell:
    """Put an apostrophe before text that a spreadsheet would run; numbers and dates stay as they are."""
    if not isinstance(cell, str):
        return cell.isoformat() if isinstance(cell, date) else cell
    if cell.isprintable() and cell[:1] not in _RISKY:  # nearly all: told without looking for each sign
        return cell
    words = CONTROL.sub("", cell)
    return f"'{words}" if words.startswith(FORMULA_STARTS) else words
