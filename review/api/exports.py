"""Whole lists as files: CSV guarded against formulas, or a JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel

from review.adapters.csv_lines import write_csv
from review.api.answers import File
from review.api.callers import Call
from review.api.reading_cases import tell_case
from review.api.room import operations
from review.api.shapes import CaseRow, PersonRow, Shape
from review.domain.api_scope import Scope
from review.queries.api_lists import CaseSlice, list_cases_after, list_people_after
from review.queries.cycles import load_cycle

Row = TypeVar("Row", PersonRow, CaseRow)
AT_ONCE = 1_000
MEDIA = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
FORMS = "any(csv, ndjson):form"


@operations.get(f"/people.<{FORMS}>", Scope.READ_PEOPLE, answer=("text/csv", "application/x-ndjson"))
def export_people(call: Call, form: str) -> File:
    """Send everybody of the directory who is here, as a file."""

    def read(after: int) -> Sequence[PersonRow]:
        rows = list_people_after(call.session, call.actor, after=after, limit=AT_ONCE)
        return [PersonRow(id=row.id, name=row.name, title=row.title, function=row.function) for row in rows]

    return _write(PersonRow, form, "people", _walk(read, lambda row: row.id))


@operations.get(
    f"/cycles/<int:cycle_id>/cases.<{FORMS}>", Scope.READ_CASES, answer=("text/csv", "application/x-ndjson")
)
def export_cases(call: Call, cycle_id: int, form: str) -> File:
    """Send all cases of a cycle as a file; for HR, without cases that the owner has a part in."""
    load_cycle(call.session, cycle_id, call.actor)

    def read(after: int) -> Sequence[CaseRow]:
        rows = list_cases_after(
            call.session, cycle_id, call.actor, CaseSlice(), after=after, limit=AT_ONCE, now=call.now
        )
        return [tell_case(row) for row in rows]

    return _write(CaseRow, form, f"cases-{cycle_id}", _walk(read, lambda row: row.id))


def _walk(read: Callable[[int], Sequence[Row]], number: Callable[[Row], int]) -> Iterator[Row]:
    after = 0
    while rows := read(after):
        yield from rows
        after = number(rows[-1])


def _write(shape: type[Shape], form: str, name: str, rows: Iterator[BaseModel]) -> File:
    told = [row.model_dump(mode="json") for row in rows]
    if form == "csv":
        names = list(shape.model_fields)
        content = write_csv(names, ([row[name] for name in names] for row in told))
    else:
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in told).encode()
    return File(content, MEDIA[form], f"{name}.{form}")
