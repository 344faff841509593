"""Ladders as tables, one row a criterion and one column a level, with a guard against spreadsheet formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from review.domain.errors import Fault
from review.domain.ladder import CellKind, Expectation, Ladder, Signal
from review.domain.ladder_file import parse_ladder
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.yaml_writer import write_yaml

HEAD = ("category", "criterion", "description")
EMPTY_CELLS = {CellKind.ABSENT: "", CellKind.NOT_DEFINED: "(not defined)", CellKind.BLANK: "(blank)"}

# What makes a spreadsheet run a cell (OWASP, CSV injection; full-width forms too), after spaces and guards of ours.
_FORMULA = re.compile(r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]")
_NAMED = re.compile(r"(?P<name>.*\S) \[(?P<id>[A-Za-z0-9][A-Za-z0-9._-]*)\]", re.DOTALL)
_NO_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class CsvExport:
    """A ladder as CSV, and what of it a table cannot hold."""

    content: str
    lost: tuple[Text, ...]


def guard(value: str) -> str:
    """Put an apostrophe before what a spreadsheet would run."""
    return f"'{value}" if _FORMULA.match(value) else value


def unguard(value: str) -> str:
    """Take away the apostrophe that `guard` put there."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value[1:]) else value


def dump_csv(ladder: Ladder) -> CsvExport:
    """Write a ladder as a table: summaries and signals of every cell, levels and criteria with their ids."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow([guard(cell) for cell in (*HEAD, *(_named(level.name, level.id) for level in ladder.levels))])
    for criterion in ladder.criteria:
        category = _named(criterion.category_name, criterion.category_id) if criterion.category_id else ""
        cells = (_cell_text(ladder.expectation(criterion.id, level.id)) for level in ladder.levels)
        row = (category, _named(criterion.name, criterion.id), criterion.description, *cells)
        writer.writerow([guard(cell) for cell in row])
    return CsvExport(sheet.getvalue(), tuple(_find_lost(ladder)))


def parse_csv(source: str, *, file: str, ladder_id: str, name: str, version: str) -> Ladder | tuple[Fault, ...]:
    """Read a ladder from a table; return every fault at once if there is any.

    A heading is a level's name, with its id in brackets where the name does not give it. In a cell, lines that begin
    with "- " are signals; "(not defined)" and "(blank)" are said to be so, and an empty cell is absent.
    """
    try:
        rows = [
            [unguard(cell) for cell in row]
            for row in csv.reader(io.StringIO(source.removeprefix("\ufeff")), strict=True)
        ]
    except csv.Error as error:
        return (Fault(text("this is not CSV: %(problem)s", problem=str(error)), None, file),)
    faults = tuple(_find_table_faults(rows, file))
    if faults:
        return faults
    levels = [_unnamed(cell) for cell in rows[0][len(HEAD) :]]
    data: dict[str, Any] = {"format": "ladder/1", "id": ladder_id, "name": name, "version": version}
    data["levels"] = [{"id": level_id, "name": level_name} for level_name, level_id in levels]
    data |= _criteria([row for row in rows[1:] if any(row)], [level_id for _, level_id in levels])
    return parse_ladder(write_yaml(data), file=file)


def _find_table_faults(rows: list[list[str]], file: str) -> Iterator[Fault]:
    head = rows[0] if rows else []
    expected = text("%(columns)s, then one column for each level", columns=", ".join(HEAD))
    if tuple(cell.strip().lower() for cell in head[: len(HEAD)]) != HEAD or len(head) == len(HEAD):
        yield Fault(text("the first row is not the heading of a ladder"), expected, file, row=1)
        return
    yield from _find_doubled([(1, column, cell) for column, cell in enumerate(head) if column >= len(HEAD)], file)
    body = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(row)]
    yield from _find_doubled([(number, 1, row[1]) for number, row in body if len(row) > 1], file)
    has_categories = bool(body and body[0][1][0].strip())
    for number, row in body:
        if len(row) != len(head):
            what = text("the row has %(have)s columns", have=len(row))
            yield Fault(what, text("%(need)s, as the heading has", need=len(head)), file, row=number)
        elif bool(row[0].strip()) != has_categories:
            what = text("some rows have a category and some have none")
            yield Fault(what, text("a category in every row, or in none"), file, row=number, field="category")
    if not body:
        yield Fault(text("the table has no criteria"), text("one row for each criterion"), file, row=1)


def _find_doubled(cells: list[tuple[int, int, str]], file: str) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for row, column, cell in cells:
        name, item_id = _unnamed(cell)
        field = f"column {column + 1}"
        if not item_id:
            yield Fault(
                text("the cell has no name that an id can be made of"),
                text("a name in Latin letters, or an id in brackets"),
                file,
                row=row,
                field=field,
            )
        elif item_id in seen:
            what = text('"%(name)s" has the id "%(id)s", which stands here a second time', name=name, id=item_id)
            yield Fault(what, text("another name, or an id in brackets"), file, row=row, field=field)
        seen.setdefault(item_id, row)


def _criteria(rows: list[list[str]], level_ids: list[str]) -> dict[str, Any]:
    grouped: dict[str, dict[str, Any]] = {}
    for row in rows:
        category_name, category_id = _unnamed(row[0]) if row[0].strip() else ("", "")
        group = grouped.setdefault(category_id, {"id": category_id, "name": category_name, "criteria": []})
        name, item_id = _unnamed(row[1])
        criterion: dict[str, Any] = {"id": item_id, "name": name}
        if row[2]:
            criterion["description"] = row[2]
        cells = {level_id: _cell_data(cell) for level_id, cell in zip(level_ids, row[len(HEAD) :], strict=True)}
        if filled := {level_id: cell for level_id, cell in cells.items() if cell is not None}:
            criterion["at"] = filled
        group["criteria"].append(criterion)
    if list(grouped) == [""]:
        return {"criteria": grouped[""]["criteria"]}
    return {"categories": list(grouped.values())}


def _cell_text(cell: Expectation) -> str:
    if not cell.is_filled:
        return EMPTY_CELLS[cell.kind]
    lines = ["- " + signal.text.replace("\n", "\n  ") for signal in cell.signals]
    return "\n".join(([cell.summary] if cell.summary else []) + lines)


def _cell_data(cell: str) -> dict[str, Any] | None:
    if not cell.strip():
        return None
    for kind, words in EMPTY_CELLS.items():
        if words and cell.strip() == words:
            return {kind.value: True}
    lines = cell.split("\n")
    start = next((number for number, line in enumerate(lines) if _is_signal(line)), len(lines))
    data: dict[str, Any] = {}
    if start:
        data["summary"] = "\n".join(lines[:start])
    signals: list[str] = []
    for line in lines[start:]:
        if _is_signal(line):
            signals.append(line[2:])
        else:
            signals[-1] += "\n" + line.removeprefix("  ")
    if signals:
        data["signals"] = signals
    return data


def _is_signal(line: str) -> bool:
    return line.startswith("- ") and bool(line[2:].strip())


def _named(name: str, item_id: str | None) -> str:
    return name if _slug(name) == item_id and not _NAMED.fullmatch(name) else f"{name} [{item_id}]"


def _unnamed(cell: str) -> tuple[str, str]:
    if match := _NAMED.fullmatch(cell):
        return match["name"], match["id"]
    return cell, _slug(cell)


def _slug(name: str) -> str:
    return _NO_SLUG.sub("-", name.lower()).strip("-")


def _find_lost(ladder: Ladder) -> Iterator[Text]:
    """Yield what a table cannot hold, for the parts that this ladder has."""
    cells = [ladder.expectation(c.id, level.id) for c in ladder.criteria for level in ladder.levels]
    signals = [signal for cell in cells for signal in cell.signals]
    spec = ladder.spec
    parts = (
        (
            text("tracks, grades and everything else about levels but their names"),
            any(len(level.model_fields_set) > 2 for level in spec.levels),
        ),
        (text("moves"), spec.moves),
        (
            text("weights, and what is shown and not scored"),
            any(not c.is_rated or c.weight != 1 for c in ladder.criteria),
        ),
        (text("how each track words a criterion"), any(c.wordings for c in ladder.criteria)),
        (text("steps, points and bands"), spec.scoring or any(c.steps for c in ladder.criteria)),
        (
            text("ids, examples and links of signals"),
            any(_has_more(signal) for signal in signals),
        ),
        (text("measures"), any(cell.measures for cell in cells)),
        (text("examples and proficiencies of cells"), any(cell.examples or cell.proficiency for cell in cells)),
        (text("references between cells"), any(cell.same_as or cell.refers_to or cell.step for cell in cells)),
        (text("the growth and role-fit sheets"), spec.growth_activities or spec.role_fit),
        (
            text("description, source and rules of the ladder"),
            spec.description or spec.source or spec.defaults or spec.promotion,
        ),
    )
    yield from (what for what, is_there in parts if is_there)


def _has_more(signal: Signal) -> bool:
    return bool(signal.examples or signal.links or signal.proficiency) or signal.id.count(".") < 2
