"""Rows become records, or faults with their place."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.errors import Fault
from review.domain.people_cells import clean_cell
from review.domain.people_file import (
    DateOrder,
    PersonField,
    PersonRow,
    parse_day,
    parse_mapping,
    read_people,
)
from review.domain.table import Cell, Row, Table
from review.domain.text import Text


def table(header: str, *rows: tuple[Cell, ...]) -> Table:
    return Table(tuple(header.split(",")), tuple(Row(number, cells) for number, cells in enumerate(rows, start=2)))


def places(faults: tuple[Fault, ...]) -> list[tuple[int | None, str | None]]:
    return [(fault.row, fault.field) for fault in faults]


def test_every_field_is_read_and_cleaned() -> None:
    header = "external_id,name,email,title,function,manager,level,level_since,joined_on,left_on,country,zone"
    cells = (1001, " Ada\u00a0 Lovelace\u200b ", "ADA@Example.ORG", "Eng", "Engineering", "E-2", "IC3")
    file = read_people(
        table(header, (*cells, "2024-07-01", "01.02.2020", date(2027, 1, 31), "de", "Europe/Berlin")),
        {},
        DateOrder.NOT_SAID,
    )
    assert file.faults == ()
    assert file.rows == (
        PersonRow(
            row=2,
            external_id="1001",
            name="Ada Lovelace",
            email="ada@example.org",
            title="Eng",
            function="Engineering",
            manager="E-2",
            level="IC3",
            level_since=date(2024, 7, 1),
            joined_on=date(2020, 2, 1),
            left_on=date(2027, 1, 31),
            country="DE",
            zone="Europe/Berlin",
        ),
    )


def test_mapping_finds_columns_whatever_their_capitals_and_reports_the_rest() -> None:
    mapping, faults = parse_mapping(["name=Person ID", "external_id=person-id", "title=Role"])
    file = read_people(table("Person Id,role,hidden", ("P1", "CEO", "x")), mapping, DateOrder.NOT_SAID)
    assert faults == []
    assert file.rows == (PersonRow(row=2, external_id="P1", name="P1", title="CEO"),)
    assert file.unknown_columns == ("hidden",)
    assert file.fields == {PersonField.EXTERNAL_ID, PersonField.NAME, PersonField.TITLE}


def test_mapping_faults_come_all_at_once() -> None:
    mapping, faults = parse_mapping(["nonsense", "shoe=size", "name=A", "name=B"])
    assert mapping == {PersonField.NAME: "A"}
    assert [str(fault.what) for fault in faults] == [
        "“nonsense” is no mapping",
        "there is no field “shoe”",
        "“name” is mapped twice",
    ]


def test_missing_and_doubled_columns_are_faults_of_the_header() -> None:
    file = read_people(table("name,Name,email"), {PersonField.TITLE: "role"}, DateOrder.NOT_SAID)
    assert [(str(fault.what), fault.row, fault.field) for fault in file.faults] == [
        ("there is no column “external_id”", 1, "external_id"),
        ("the column “name” is there twice", 1, "name"),
        ("there is no column “role”", 1, "role"),
    ]


def test_every_fault_of_every_row_has_its_place_and_what_was_expected() -> None:
    file = read_people(
        table(
            "external_id,name,email,joined_on,left_on,country",
            ("", "Ada", "ada@", "31.02.2020", "", "Germany"),
            ("E2", "Bo\x00b", "bob@example.org", "2021-01-01", "2020-01-01", ""),
            ("E3", "C" * 201, "", "05/06/2026", "", ""),
            ("E4", "Dora", "", "", "", ""),
        ),
        {},
        DateOrder.NOT_SAID,
    )
    assert [row.external_id for row in file.rows] == ["E4"]
    assert places(file.faults) == [
        (2, "external_id"),
        (2, "email"),
        (2, "joined_on"),
        (2, "country"),
        (3, "name"),
        (3, "left_on"),
        (4, "name"),
        (4, "joined_on"),
    ]
    assert all(fault.expected for fault in file.faults)
    assert file.name_unread() == {"ada@", "e2", "bob@example.org", "e3"}


@pytest.mark.parametrize(
    ("words", "order", "day"),
    [
        ("2026-12-31", DateOrder.NOT_SAID, date(2026, 12, 31)),
        ("31.12.2026", DateOrder.NOT_SAID, date(2026, 12, 31)),
        ("1.2.2026", DateOrder.MONTH_FIRST, date(2026, 2, 1)),
        ("31/12/2026", DateOrder.NOT_SAID, date(2026, 12, 31)),
        ("12/31/2026", DateOrder.NOT_SAID, date(2026, 12, 31)),
        ("05/05/2026", DateOrder.NOT_SAID, date(2026, 5, 5)),
        ("05/06/2026", DateOrder.DAY_FIRST, date(2026, 6, 5)),
        ("05/06/2026", DateOrder.MONTH_FIRST, date(2026, 5, 6)),
    ],
)
def test_days_that_can_be_read(words: str, order: DateOrder, day: date) -> None:
    assert parse_day(words, order) == day


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ("05/06/2026", DateOrder.NOT_SAID),
        ("12/31/2026", DateOrder.DAY_FIRST),
        ("31/12/2026", DateOrder.MONTH_FIRST),
        ("2026-02-30", DateOrder.NOT_SAID),
        ("31.12.26", DateOrder.NOT_SAID),
        ("46022", DateOrder.NOT_SAID),
        ("0026-01-01", DateOrder.NOT_SAID),
        ("soon", DateOrder.NOT_SAID),
    ],
)
def test_days_that_cannot_be_read_say_what_was_expected(words: str, order: DateOrder) -> None:
    assert isinstance(parse_day(words, order), Text)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (None, ""),
        (1001, "1001"),
        ("\ufeffAda\r\nLovelace\t", "Ada Lovelace"),
        ("A\u202egnp.exe", "Agnp.exe"),
        ("Cafe\u0301", "Café"),
        ("'=1+1", "=1+1"),
        ("'s Hertogenbosch", "'s Hertogenbosch"),
        ("Ada  Lovelace", "Ada Lovelace"),
        (" Ada", "Ada"),
        ("Ada ", "Ada"),
        ("'-", "-"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("\u200dAda\u200c", "Ada"),
    ],
)
def test_cells_are_cleaned(cell: Cell, words: str) -> None:
    assert clean_cell(cell) == words


@given(st.lists(st.lists(st.text() | st.integers() | st.dates() | st.none(), min_size=13, max_size=13), max_size=5))
def test_whatever_stands_in_the_cells_becomes_a_clean_record_or_a_fault(rows: list[list[Cell]]) -> None:
    cells = [tuple(row) for row in rows]
    file = read_people(table(",".join(PersonField), *cells), {}, DateOrder.NOT_SAID)
    faulty = {fault.row for fault in file.faults}
    assert {row.row for row in file.rows} | faulty == set(range(2, len(rows) + 2))
    assert {row.row for row in file.rows} & faulty == set()
    for row in file.rows:
        for words in (row.external_id, row.name, row.title, row.function):
            assert words == clean_cell(words) or words.startswith("'")
            assert "\x00" not in words
