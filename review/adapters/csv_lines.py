"""Tables as CSV: UTF-8 that every spreadsheet program opens, without a cell that one would run."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import cast

from review.domain.table import Cell

PIECE_ROWS = 500
"""How many rows of a table are written before they are sent: some 64 kB."""
KEPT_CELLS = 1024
"""How many different cells of a file are kept with what they are written as."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
_RISKY = frozenset(FORMULA_STARTS)
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
    spell = lru_cache(KEPT_CELLS, typed=True)(_spell_cell)  # columns repeat themselves; 1 and True are two cells
    lines = itertools.chain([header], rows)
    while piece := list(itertools.islice(lines, PIECE_ROWS)):
        columns = [_spell_column(cells, spell) for cells in zip(*piece, strict=True)]
        if len(columns) == 1:
            columns = [[words or EMPTY_LINE for words in columns[0]]]
        written = [",".join(words) for words in zip(*columns, strict=True)]
        yield "\r\n".join([*written, ""]).encode("utf-8", errors="replace")


def _spell_column(cells: Sequence[Cell], spell: Callable[[Cell], str]) -> Sequence[str]:
    """Return the cells of a column as they are written; whether words may stay is told of all of them at once."""
    if set(map(type, cells)) == {str}:
        words = cast("Sequence[str]", cells)
        joined = "".join(words)
        is_bare = joined.isprintable() and not ("," in joined or '"' in joined)
        if is_bare and _RISKY.isdisjoint({word[:1] for word in words}):
            return words
    return list(map(spell, cells))


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
