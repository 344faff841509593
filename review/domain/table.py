"""A table as it was read from a spreadsheet: header, numbered rows, raw cells."""

from __future__ import annotations

from datetime import date

from review.domain.text import Text
from review.domain.values import dataclass

Cell = str | int | float | bool | date | None
"""What a cell may hold; a datetime counts as a date."""


@dataclass(frozen=True)
class Row:
    """One row of a table; `number` is what a spreadsheet shows beside it (header = 1)."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A header and its rows; `notes` say how the file was understood (encoding, delimiter, sheet)."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[Text, ...] = ()
