"""A file of past cases as a table: which column holds what, and which of its cells can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from review.domain.errors import Fault
from review.domain.past_case import NEEDED, VOTES, PastField, PastOutcome, PastReading
from review.domain.people_cells import clean_cell, find_bad_character
from review.domain.people_file import NOBODY, column_key, parse_day
from review.domain.table import Row, Table
from review.domain.text import Text, text
from review.domain.values import dataclass

MOST_ROWS = 20_000
MOST_VOTES = 100
LOWEST, HIGHEST = 1, 5
CALLED: Mapping[PastField, tuple[str, ...]] = {
    PastField.PERSON: (
        "person", "employee id", "employee number", "external id", "employee email", "work email", "email",
        "email address", "employee", "reviewee email", "reviewee",
    ),
    PastField.CYCLE: ("cycle", "cycle name", "review cycle", "review cycle name", "promotion cycle", "round"),
    PastField.ANNOUNCED_ON: ("announced on", "announced", "decision date", "decided on", "date"),
    PastField.FROM_LEVEL: ("from level", "current level", "level before", "old level"),
    PastField.TO_LEVEL: ("to level", "target level", "proposed level", "new level", "level after"),
    PastField.TRACK: ("track",),
    PastField.OUTCOME: ("outcome", "decision", "result"),
    PastField.REASON: ("reason", "rationale"),
    PastField.VOTES_PROMOTE: ("votes promote", "votes for"),
    PastField.VOTES_NOT_YET: ("votes not yet", "votes against"),
    PastField.VOTES_DEFER: ("votes defer",),
}  # fmt: skip
"""Names under which the tools that people come from write each field; the first that a file has is taken."""
OUTCOME_WORDS: Mapping[str, PastOutcome] = {
    **{outcome.value: outcome for outcome in PastOutcome},
    "promote": PastOutcome.PROMOTED,
    "approved": PastOutcome.PROMOTED,
    "not yet": PastOutcome.NOT_YET,
    "declined": PastOutcome.NOT_YET,
    "not promoted": PastOutcome.NOT_YET,
    "defer": PastOutcome.DEFERRED,
    "postponed": PastOutcome.DEFERRED,
    "withdrew": PastOutcome.WITHDRAWN,
}
LONGEST: Mapping[PastField, int] = {PastField.CYCLE: 100, PastField.REASON: 4000}
LONGEST_CELL = 254
FORMULAS = ("=", "＝")


@dataclass(frozen=True)
class PastRow:
    """The cells of a row that hold something, as words; `cells` by field, `ratings` by criterion."""

    row: int
    cells: Mapping[PastField, str]
    ratings: Mapping[str, int]
    votes: Mapping[str, int]
    announced_on: date | None
    outcome: PastOutcome | None


@dataclass(frozen=True)
class PastColumns:
    """Where each field and each criterion stands in a file, and what is wrong with its header."""

    places: Mapping[PastField, int]
    criteria: Mapping[str, int]
    faults: tuple[Fault, ...]

    def unread(self, header: Sequence[str]) -> tuple[str, ...]:
        """Return the columns that nobody asked for."""
        taken = {*self.places.values(), *self.criteria.values()}
        return tuple(clean_cell(name) for at, name in enumerate(header) if at not in taken and clean_cell(name))


def find_past_columns(table: Table, reading: PastReading, criteria: Mapping[str, str]) -> PastColumns:
    """Find the columns of a file: as they were said, else by the names that other tools give them.

    Args:
        criteria: what a criterion may be called, as column_key() has it, to its id.
    """
    keys: dict[str, list[int]] = {}
    for at, name in enumerate(table.header):
        keys.setdefault(column_key(name), []).append(at)
    places: dict[PastField, int] = {}
    faults = []
    for name in PastField:
        said = reading.columns.get(name)
        wanted = [*CALLED[name]] if said is None else [said] if said else []
        found = next((keys[column_key(each)] for each in wanted if column_key(each) in keys), [])
        if len(found) > 1:
            what = text("the column “%(name)s” is there twice", name=clean_cell(table.header[found[0]]))
            faults.append(Fault(what, text("one column of that name"), row=1, field=name.value))
        elif found:
            places[name] = found[0]
    faults += [_missing(name, table) for name in NEEDED if name not in places and not _is_given(name, reading)]
    rated = {
        criterion: at
        for key, (at, *_more) in keys.items()
        if at not in places.values() and (criterion := criteria.get(key.removeprefix("rating_"))) is not None
    }
    if len(table.rows) > MOST_ROWS:
        expected = text("at most %(count)s rows", count=MOST_ROWS)
        faults.append(Fault(text("too many rows"), expected))
    return PastColumns(places, rated, tuple(faults))


def _is_given(name: PastField, reading: PastReading) -> bool:
    return (name is PastField.CYCLE and reading.cycle != "") or (
        name is PastField.ANNOUNCED_ON and reading.announced_on is not None
    )


def _missing(name: PastField, table: Table) -> Fault:
    have = text("one of the file's columns: %(names)s", names=", ".join(filter(None, map(clean_cell, table.header))))
    return Fault(text("there is no column for “%(name)s”", name=name.value), have, row=1, field=name.value)


class PastReader:
    """Reads rows one by one and keeps what was wrong with them, and words that mean nothing yet."""

    def __init__(self, table: Table, columns: PastColumns, reading: PastReading) -> None:
        self.faults: list[Fault] = []
        self.strange: dict[str, None] = {}
        self._header = table.header
        self._columns = columns
        self._reading = reading

    def read(self, row: Row) -> PastRow:
        """Return what a row holds; what cannot be read of it is among the faults."""
        cells = {}
        for name, at in self._columns.places.items():
            words = clean_cell(row.cells[at])
            if words.casefold() in NOBODY:
                if name in NEEDED and not _is_given(name, self._reading):
                    self.add(row, name, text("it is missing"), text("every past case has one"))
            elif self._is_readable(row, name, words):
                cells[name] = words
        ratings = {name: value for name, value in self._ratings(row) if value is not None}
        votes = {VOTES[name]: count for name in VOTES if (count := self._count(row, name, cells)) is not None}
        return PastRow(row.number, cells, ratings, votes, self._day(row, cells), self._outcome(row, cells))

    def add(self, row: Row | PastRow, name: PastField, what: Text, expected: Text) -> None:
        """Note a fault of a row in the column of a field."""
        number = row.row if isinstance(row, PastRow) else row.number
        at = self._columns.places.get(name)
        column = name.value if at is None else clean_cell(self._header[at])
        self.faults.append(Fault(what, expected, row=number, field=column))

    def _is_readable(self, row: Row, name: PastField, words: str) -> bool:
        cell, longest = row.cells[self._columns.places[name]], LONGEST.get(name, LONGEST_CELL)
        if isinstance(cell, str) and cell.lstrip().startswith(FORMULAS):
            self.add(row, name, text("there is a formula"), text("its value"))
        elif bad := find_bad_character(words):
            self.add(row, name, text("there is a control character (%(code)s)", code=bad), text("plain words"))
        elif len(words) > longest:
            what = text("it has %(have)s characters", have=len(words))
            self.add(row, name, what, text("at most %(need)s", need=longest))
        else:
            return True
        return False

    def _ratings(self, row: Row) -> Iterator[tuple[str, int | None]]:
        for criterion, at in self._columns.criteria.items():
            words = clean_cell(row.cells[at])
            if words.casefold() in NOBODY:
                continue
            value = int(words) if words.isascii() and words.isdigit() and len(words) < 3 else None
            if value is None or not LOWEST <= value <= HIGHEST:
                expected = text("a whole number from %(least)s to %(most)s", least=LOWEST, most=HIGHEST)
                field = clean_cell(self._header[at])
                self.faults.append(
                    Fault(text("“%(words)s” is no rating", words=words[:40]), expected, row=row.number, field=field)
                )
                value = None
            yield criterion, value

    def _count(self, row: Row, name: PastField, cells: Mapping[PastField, str]) -> int | None:
        words = cells.get(name)
        if words is None:
            return None
        if words.isascii() and words.isdigit() and len(words) < 4 and int(words) <= MOST_VOTES:
            return int(words)
        expected = text("a whole number from %(least)s to %(most)s", least=0, most=MOST_VOTES)
        self.add(row, name, text("“%(words)s” is no number of votes", words=words[:40]), expected)
        return None

    def _day(self, row: Row, cells: Mapping[PastField, str]) -> date | None:
        words = cells.get(PastField.ANNOUNCED_ON)
        if words is None:
            return self._reading.announced_on
        day = parse_day(words, self._reading.order)
        if isinstance(day, Text):
            what = text("“%(words)s” cannot be read as a day", words=words[:40])
            self.add(row, PastField.ANNOUNCED_ON, what, day)
            return None
        return day

    def _outcome(self, row: Row, cells: Mapping[PastField, str]) -> PastOutcome | None:
        words = cells.get(PastField.OUTCOME)
        if words is None:
            return None
        found = self._reading.outcomes.get(words.casefold()) or OUTCOME_WORDS.get(words.casefold())
        if found is None:
            self.strange[words] = None
            what = text("“%(words)s” is no outcome that is known here", words=words[:40])
            self.add(row, PastField.OUTCOME, what, text("one of: %(names)s", names=", ".join(PastOutcome)))
        return found
