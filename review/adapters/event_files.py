"""Events of the record as a file, a piece at a time: CSV for spreadsheets, JSON Lines for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from review.adapters.csv_lines import guard_formula
from review.domain.table import Cell
from review.domain.values import dataclass
from review.queries.audit import EventRow
from review.queries.event_details import Detail

HEADER = ("seq", "at", "kind", "what", "who", "for", "about", "case", "detail", "detail_state", "mac")
MARK = "\ufeff"
Pieces = Iterable[list[EventRow]]
Tell = Callable[[str], str]


@dataclass(frozen=True)
class EventFile:
    """A form of file: what it is called on the wire, and how it is written."""

    content_type: str
    write: Callable[[Pieces, Tell], Iterator[str]]


def write_csv_pieces(pieces: Pieces, tell: Tell) -> Iterator[str]:
    """Yield CSV with a mark and CRLF; no cell can be a formula."""
    yield MARK + _lines([HEADER])
    for rows in pieces:
        yield _lines([guard_formula(cell) for cell in _cells(row, tell)] for row in rows)


def write_json_lines(pieces: Pieces, tell: Tell) -> Iterator[str]:
    """Yield one JSON object a line; the detail is an object of its own, null where it cannot be read."""
    for rows in pieces:
        yield "".join(f"{json.dumps(_object(row, tell), ensure_ascii=False)}\n" for row in rows)


FILES: Mapping[str, EventFile] = MappingProxyType(
    {
        "csv": EventFile("text/csv; charset=utf-8", write_csv_pieces),
        "jsonl": EventFile("application/jsonl; charset=utf-8", write_json_lines),
    }
)


def _lines(rows: Iterable[Iterable[Cell]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _cells(row: EventRow, tell: Tell) -> list[Cell]:
    detail = _detail(row)
    words = json.dumps(detail.value, ensure_ascii=False, sort_keys=True) if detail.is_open and detail.value else ""
    names = [row.actor, row.on_behalf_of, row.about, row.case_code]
    return [row.seq, row.at.isoformat(), row.kind, tell(row.kind), *names, words, detail.state.value, row.mac]


def _object(row: EventRow, tell: Tell) -> dict[str, object]:
    detail = _detail(row)
    kept = dict(zip(HEADER, _cells(row, tell), strict=True))
    return {**kept, "detail": dict(detail.value) if detail.is_open else None}


def _detail(row: EventRow) -> Detail:
    if row.detail is None:
        raise ValueError("a file is written for whoever may read details")
    return row.detail
