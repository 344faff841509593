"""The report of a cycle: sections of figures and tables, in words, the same for page, table file and print."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from review.domain.canonical_json import canonical_json
from review.domain.packet_json import plain, read_checked
from review.domain.statistics.figure import (
    Estimate,
    Figure,
    Interval,
    Kind,
    keep_to_floor,
    write_interval,
    write_number,
)
from review.domain.text import Text, text
from review.domain.values import dataclass

FORMAT = "insight/1"
WHOLE = 1000
"""Bars are drawn in thousandths."""
Words = Text | str
Shown = TypeVar("Shown")

VALUE, RANGE, NUMBER, SAYS = text("Value"), text("95 %% interval"), text("n"), text("What it says")


@dataclass(frozen=True)
class Bar:
    """A share in thousandths with the interval around it."""

    value: int
    low: int
    high: int


@dataclass(frozen=True)
class Line:
    """A row of a table: its name and its cells; `bar` where it is drawn."""

    name: Words
    cells: tuple[Words, ...]
    bar: Bar | None = None


@dataclass(frozen=True)
class Table:
    """A table with its title, columns, rows, and a note on what is hidden or meant."""

    key: str
    title: Words
    header: tuple[Words, ...]
    lines: tuple[Line, ...]
    note: Words = ""


@dataclass(frozen=True)
class Told:
    """A figure in words; `value` is empty where it is withheld, and `why` says why."""

    name: Words
    value: Words
    range: Words
    n: Words
    word: Words
    why: Words
    sentence: Words


@dataclass(frozen=True)
class Section:
    """A part of the report: what it is about, its figures, its tables, and what else is said."""

    key: str
    title: Words
    lead: Words
    figures: tuple[Told, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True)
class InsightSheet:
    """The whole report of a cycle for one reader."""

    cycle: str
    company: str
    reader: str
    sections: tuple[Section, ...]
    format: str = FORMAT


def tell_figure(figure: Figure, least: int) -> Told:
    """Put a figure into words; nothing of it where it is of fewer than `least`."""
    estimate = keep_to_floor(figure.estimate, least)
    return Told(
        name=figure.name,
        value="" if estimate.value is None else write_number(estimate.value, figure.kind),
        range="" if estimate.interval is None else write_interval(estimate.interval, figure.kind),
        n="" if estimate.n is None else text("%(count)s %(units)s", count=estimate.n, units=figure.units),
        word=figure.word or "" if estimate.value is not None else "",
        why=estimate.withheld or "",
        sentence=figure.sentence,
    )


def tell_estimate(estimate: Estimate, kind: Kind, least: int) -> tuple[Words, Words, Words, Words]:
    """Return the cells of an estimate: n, value, interval, and why there is none; n is not told below `least`."""
    estimate = keep_to_floor(estimate, least)
    n = "" if estimate.n is None else str(estimate.n)
    value = "" if estimate.value is None else write_number(estimate.value, kind)
    interval = "" if estimate.interval is None else write_interval(estimate.interval, kind)
    return n, value, interval, estimate.withheld or ""


def draw_share(value: float, interval: Interval | None) -> Bar:
    """Return the bar of a share."""
    low, high = (interval.low, interval.high) if interval else (value, value)
    return Bar(*(round(WHOLE * each) for each in (value, low, high)))


def spell(part: Shown, tell: Callable[[Words], str]) -> Shown:
    """Return the same part with every sentence said in a language."""
    return _spell(part, tell)  # type: ignore[no-any-return]


def _spell(part: Any, tell: Callable[[Words], str]) -> Any:
    if isinstance(part, Text):
        return tell(part)
    if isinstance(part, tuple):
        return tuple(_spell(each, tell) for each in part)
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{each.name: _spell(getattr(part, each.name), tell) for each in fields(part)})
    return part


def write_sheet(sheet: InsightSheet) -> bytes:
    """Return the canonical JSON of a report whose sentences are said."""
    return canonical_json(plain(sheet))


def read_sheet(sheet_json: bytes) -> InsightSheet:
    """Read a report back from its JSON; raises Invalid with every fault at once."""
    return read_checked(_sheets(), sheet_json)


@cache
def _sheets() -> TypeAdapter[InsightSheet]:
    return TypeAdapter(InsightSheet)


def list_rows(sheet: InsightSheet) -> Iterable[tuple[Words, ...]]:
    """Yield every figure and every row of every table: section, table, name, then the cells with their columns."""
    for section in sheet.sections:
        for told in section.figures:
            values = (told.value, told.range, told.n, told.word or told.why)
            for name, value in zip((VALUE, RANGE, NUMBER, SAYS), values, strict=True):
                if value:
                    yield section.title, "", told.name, name, value
        for table in section.tables:
            for line in table.lines:
                for column, value in zip(table.header[1:], line.cells, strict=True):
                    yield section.title, table.title, line.name, column, value
