"""Lists to take along: the rows that a page would show under its narrowing, as CSV or as a workbook.

A CSV stays nothing but header and rows, for programs to read; what was narrowed and on which day is in its name. A
workbook has a second sheet that says what the list is, what was narrowed, when, and by whom.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from flask import Response
from flask_babel import gettext
from wtforms import BooleanField, Field, SelectField

from review.adapters.csv_lines import write_csv
from review.adapters.workbook import stream_xlsx
from review.domain.table import Cell
from review.domain.values import dataclass
from review.web.guards import current_now, current_sign_in
from review.web.words import moment

KINDS = "any(csv, xlsx)"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_NAME = 120
AT_ONCE_ROWS = 2_000
"""How many rows of a workbook are written before the first of it is sent."""


@dataclass(frozen=True)
class Sheet:
    """A list as a table: `name` of the file, `title` for people, and what it was narrowed by, in words."""

    name: str
    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    narrowed: Sequence[tuple[str, str]] = ()


def narrowed_by(*fields: Field) -> list[tuple[str, str]]:
    """Return what a form narrows or sorts by in words: label and value of each field that holds something."""
    return [(str(field.label.text), words) for field in fields if field.data and (words := _say(field))]


def _say(field: Field) -> str:
    if isinstance(field, BooleanField):
        return gettext("yes")
    if isinstance(field, SelectField):
        return next((str(words) for _value, words, is_chosen, *_more in field.iter_choices() if is_chosen), "")
    return str(field.data)


def send_sheet(sheet: Sheet, kind: str) -> Response:
    """Send a list as `csv` or as `xlsx`; no cell can be a formula.

    The rows are read before anything is sent, and a fault is told instead of half a file. A long workbook takes
    seconds to write: it is sent meanwhile, and the browser shows how much of it is there.
    """
    if kind == "xlsx":
        rows = list(sheet.rows)
        about = (gettext("About"), _about(sheet, len(rows)))
        pieces = stream_xlsx(sheet.header, rows, sheet.title, about)
        body = pieces if len(rows) > AT_ONCE_ROWS else b"".join(pieces)
        answer = Response(body, content_type=XLSX)
    else:
        answer = Response(write_csv(sheet.header, sheet.rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{_file_name(sheet)}.{kind}"'
    return answer


def _about(sheet: Sheet, count: int) -> list[tuple[str, Cell]]:
    sign_in = current_sign_in()
    narrowed = list(sheet.narrowed) or [(gettext("Narrowed by"), gettext("nothing: all that this reader may see"))]
    return [
        (gettext("List"), sheet.title),
        *narrowed,
        (gettext("Rows"), count),
        (gettext("Made"), moment(current_now())),
        (gettext("Made by"), sign_in.actor.name if sign_in is not None else ""),
    ]


def _file_name(sheet: Sheet) -> str:
    """Return the name of the file: what it is, what was narrowed, and the day; in signs that every disk takes."""
    parts = [sheet.name, *(f"{label}-{value}" for label, value in sheet.narrowed)]
    plain = [_plain(part) for part in parts]
    return f"{'_'.join(each for each in plain if each)[:LONGEST_NAME]}_{current_now():%Y-%m-%d}"


def _plain(words: str) -> str:
    bare = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
