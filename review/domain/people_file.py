"""A people file as typed records: which column is which field, clean cells, every fault with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from sys import intern

from review.domain.errors import Fault
from review.domain.people_cells import clean_cell, find_bad_character
from review.domain.table import Row, Table
from review.domain.text import Text, text
from review.domain.values import dataclass


class PersonField(StrEnum):
    """What a people file may say of a person; also the names of its columns."""

    EXTERNAL_ID = "external_id"
    NAME = "name"
    EMAIL = "email"
    TITLE = "title"
    FUNCTION = "function"
    MANAGER = "manager"
    MANAGER_KEY = "manager_key"
    LEVEL = "level"
    LEVEL_SINCE = "level_since"
    JOINED_ON = "joined_on"
    LEFT_ON = "left_on"
    COUNTRY = "country"
    ZONE = "zone"


class DateOrder(StrEnum):
    """How a file writes dates with slashes."""

    NOT_SAID = "not-said"
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@dataclass(frozen=True)
class PersonRow:
    """One person as the file has them; `manager` is an external id, an e-mail or a key, still to be resolved."""

    row: int
    external_id: str
    name: str
    email: str | None = None
    title: str = ""
    function: str = ""
    manager: str | None = None
    manager_key: str | None = None
    level: str | None = None
    level_since: date | None = None
    joined_on: date | None = None
    left_on: date | None = None
    country: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class PeopleFile:
    """The readable rows of a file, where each field stands in it, and the columns nobody asked for.

    `columns` gives a field's name in the file; `unread` holds what the faulty rows are called by, as it stands there.
    """

    rows: tuple[PersonRow, ...]
    columns: Mapping[PersonField, str]
    unknown_columns: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[Text, ...] = ()
    unread: tuple[PersonRow, ...] = ()

    @property
    def fields(self) -> frozenset[PersonField]:
        """Give the fields of which the file says something."""
        return frozenset(self.columns)

    def name_unread(self) -> frozenset[str]:
        """Give, in lower case, what people in faulty rows may be called by, so that one fault does not cause others."""
        called = ((row.external_id, row.email, row.manager_key) for row in self.unread)
        return frozenset(words.casefold() for names in called for words in names if words)


REQUIRED = (PersonField.EXTERNAL_ID, PersonField.NAME)
LONGEST = {
    PersonField.EXTERNAL_ID: 100,
    PersonField.NAME: 200,
    PersonField.EMAIL: 254,
    PersonField.TITLE: 200,
    PersonField.FUNCTION: 100,
    PersonField.MANAGER: 254,
    PersonField.MANAGER_KEY: 200,
    PersonField.LEVEL: 100,
    PersonField.ZONE: 64,
}
NOBODY = frozenset({"", "-", "–", "none", "n/a"})
_DAYS = (PersonField.LEVEL_SINCE, PersonField.JOINED_ON, PersonField.LEFT_ON)
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"().]+(?:\.[^@\s,;<>\"().]+)+")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DATE_WORDS = text("a day as 2026-12-31 or 31.12.2026")
_SLASH_WORDS = text("a day as 2026-12-31, or say whether the day or the month comes first")


def read_people(table: Table, mapping: Mapping[PersonField, str], order: DateOrder) -> PeopleFile:
    """Turn a table into records.

    `mapping` says which column holds a field; a field without an entry is looked for under its own name.
    All faults come at once; rows with a fault are left out of `rows`.
    """
    columns, faults = find_columns(table.header, mapping)
    names = {name: clean_cell(table.header[at]) for name, at in sorted(columns.items(), key=lambda found: found[1])}
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        return PeopleFile((), names, faults=tuple(faults), notes=table.notes)
    reader = _RowReader(table.header, columns, order)
    rows = [record for row in table.rows if (record := reader.read(row)) is not None]
    unknown = tuple(name.strip() for at, name in enumerate(table.header) if at not in columns.values() and name.strip())
    faults += reader.faults
    return PeopleFile(tuple(rows), names, unknown, tuple(faults), table.notes, tuple(reader.unread))


def file_of(rows: Iterable[PersonRow], *fields: PersonField) -> PeopleFile:
    """Make a people file of records at hand; `fields` are those it speaks of, without any: all."""
    names = (*REQUIRED, *fields) if fields else tuple(PersonField)
    return PeopleFile(tuple(rows), {name: name.value for name in names})


def parse_mapping(pairs: Iterable[str]) -> tuple[dict[PersonField, str], list[Fault]]:
    """Read `field=column` pairs as given on a command line or, one a line, in a form."""
    mapping: dict[PersonField, str] = {}
    faults: list[Fault] = []
    known = {name.value for name in PersonField}
    one_of = text("one of: %(names)s", names=", ".join(PersonField))
    for pair in pairs:
        name, mark, column = (part.strip() for part in pair.partition("="))
        if not (name and mark and column):
            faults.append(Fault(text("“%(pair)s” is no mapping", pair=pair), text("field=column"), field="map"))
        elif name not in known:
            faults.append(Fault(text("there is no field “%(name)s”", name=name), one_of, field="map"))
        elif PersonField(name) in mapping:
            faults.append(Fault(text("“%(name)s” is mapped twice", name=name), text("one column"), field="map"))
        else:
            mapping[PersonField(name)] = column
    return mapping, faults


def find_columns(
    header: Sequence[str], mapping: Mapping[PersonField, str]
) -> tuple[dict[PersonField, int], list[Fault]]:
    """Find the position of every field's column; capitals, spaces, dots and hyphens in names do not matter."""
    places: dict[str, list[int]] = {}
    for at, name in enumerate(header):
        places.setdefault(column_key(name), []).append(at)
    columns: dict[PersonField, int] = {}
    faults: list[Fault] = []
    for name in PersonField:
        wanted = mapping.get(name, name.value)
        found = places.get(column_key(wanted), [])
        if len(found) > 1:
            what = text("the column “%(name)s” is there twice", name=wanted)
            faults.append(Fault(what, text("one column of that name"), row=1, field=wanted))
        elif not found and (name in mapping or name in REQUIRED):
            what = text("there is no column “%(name)s”", name=wanted)
            have = text("one of the file's columns: %(names)s", names=", ".join(filter(None, map(clean_cell, header))))
            faults.append(Fault(what, have, row=1, field=wanted))
        elif found:
            columns[name] = found[0]
    return columns, faults


def parse_day(words: str, order: DateOrder) -> date | Text:
    """Read a day, or say what would have been expected.

    31/12/2026 and 12/31/2026 are clear by themselves; 05/06/2026 needs `order`.
    """
    if found := _ISO.fullmatch(words):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DOTS.fullmatch(words):
        day, month, year = (int(part) for part in found.groups())
    elif found := _SLASHES.fullmatch(words):
        first, second, year = (int(part) for part in found.groups())
        if order is DateOrder.NOT_SAID and first <= 12 and second <= 12 and first != second:
            return _SLASH_WORDS
        is_month_first = order is DateOrder.MONTH_FIRST or (order is DateOrder.NOT_SAID and second > 12)
        month, day = (first, second) if is_month_first else (second, first)
    else:
        return _DATE_WORDS
    if not 1900 <= year <= 2200:
        return text("a year between 1900 and 2200")
    try:
        return date(year, month, day)
    except ValueError:
        return text("a day that exists")


class _RowReader:
    """Reads rows one by one and keeps what was wrong with them."""

    def __init__(self, header: Sequence[str], columns: Mapping[PersonField, int], order: DateOrder) -> None:
        self._found: list[tuple[int, int, Fault]] = []
        self.unread: list[PersonRow] = []
        self._header = header
        self._columns = columns
        self._order = order

    @property
    def faults(self) -> list[Fault]:
        """Give what was wrong, by row and column."""
        return [fault for _, _, fault in sorted(self._found, key=lambda found: found[:2])]

    def read(self, row: Row) -> PersonRow | None:
        before = len(self._found)
        words = dict(self._words(row))
        for name in REQUIRED:
            if not words[name]:
                self._add(row, name, text("it is missing"), text("every person has one"))
        email = words.get(PersonField.EMAIL, "").lower()
        if email and not _EMAIL.fullmatch(email):
            self._add(row, PersonField.EMAIL, text("“%(words)s” is no e-mail address", words=email), text("name@host"))
        country = words.get(PersonField.COUNTRY, "").upper()
        if country and not re.fullmatch("[A-Z]{2}", country):
            expected = text("a country as two letters, such as DE")
            self._add(row, PersonField.COUNTRY, text("“%(words)s” is no country", words=country), expected)
        days = {name: self._day(row, name, words[name]) for name in _DAYS if words.get(name)}
        joined, left = days.get(PersonField.JOINED_ON), days.get(PersonField.LEFT_ON)
        if joined and left and left < joined:
            self._add(row, PersonField.LEFT_ON, text("the person left before joining"), text("a later day"))
        if len(self._found) > before:
            number, called, key = words[PersonField.EXTERNAL_ID], words[PersonField.NAME], PersonField.MANAGER_KEY
            self.unread.append(PersonRow(row.number, number, called, email, manager_key=words.get(key)))
            return None
        manager = words.get(PersonField.MANAGER, "")
        return PersonRow(
            row=row.number,
            external_id=words[PersonField.EXTERNAL_ID],
            name=words[PersonField.NAME],
            email=email or None,
            title=intern(words.get(PersonField.TITLE, "")),  # what many share is kept once
            function=intern(words.get(PersonField.FUNCTION, "")),
            manager=None if manager.casefold() in NOBODY else intern(manager),
            manager_key=words.get(PersonField.MANAGER_KEY, "") or None,
            level=intern(words.get(PersonField.LEVEL, "")) or None,
            level_since=days.get(PersonField.LEVEL_SINCE),
            joined_on=joined,
            left_on=left,
            country=country or None,
            zone=intern(words.get(PersonField.ZONE, "")) or None,
        )

    def _words(self, row: Row) -> Iterator[tuple[PersonField, str]]:
        for name, at in self._columns.items():
            words = clean_cell(row.cells[at])
            if bad := find_bad_character(words):
                self._add(row, name, text("there is a control character (%(code)s)", code=bad), text("plain words"))
            elif len(words) > LONGEST.get(name, len(words)):
                what = text("it has %(have)s characters", have=len(words))
                self._add(row, name, what, text("at most %(need)s", need=LONGEST[name]))
            yield name, words

    def _day(self, row: Row, name: PersonField, words: str) -> date | None:
        day = parse_day(words, self._order)
        if isinstance(day, Text):
            self._add(row, name, text("“%(words)s” cannot be read as a day", words=words[:40]), day)
            return None
        return day

    def _add(self, row: Row, name: PersonField, what: Text, expected: Text) -> None:
        at = self._columns[name]
        self._found.append((row.number, at, Fault(what, expected, row=row.number, field=clean_cell(self._header[at]))))


def column_key(name: str) -> str:
    """Give the name of a column as it is looked for: capitals, spaces, dots and hyphens do not matter."""
    return re.sub(r"[\s_.\-]+", "_", clean_cell(name)).casefold().strip("_")
