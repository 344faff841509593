"""Ladders as tables: what is written, what is guarded, what is refused, what is said to be lost."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.ladder import CellKind, Ladder
from review.domain.ladder_csv import dump_csv, guard, parse_csv, unguard
from review.domain.ladder_file import parse_ladder

SHAPES = Path(__file__).parent / "ladders"


def read(source: str) -> Ladder | list[str]:
    parsed = parse_csv(source, file="t.csv", ladder_id="t", name="T", version="1")
    return parsed if isinstance(parsed, Ladder) else [str(fault) for fault in parsed]


def shape(name: str) -> Ladder:
    ladder = parse_ladder((SHAPES / f"{name}.yaml").read_text(encoding="utf-8"), file=name)
    assert isinstance(ladder, Ladder)
    return ladder


def rows(ladder: Ladder) -> list[list[str]]:
    return list(csv.reader(io.StringIO(dump_csv(ladder).content)))


def test_a_ladder_becomes_a_table() -> None:
    assert rows(shape("gaps")) == [
        ["category", "criterion", "description", "Mate", "Pilot", "Senior pilot", "Station lead", "Harbour master"],
        [
            "Work",
            "Steering",
            "",
            "",
            "Brings a ship in by day.\n- Reads the tide.\n- Speaks with the tug.",
            "Brings a ship in by day.\n- Reads the tide.\n- Speaks with the tug.\n- Brings a ship in by night.",
            "(not defined)",
            "(blank)",
        ],
        [
            "Work",
            "Watch",
            "",
            "(blank)",
            "(blank)",
            "All that a pilot does, and wakes the mate in time.",
            "",
            "All that a pilot does, and wakes the mate in time.",
        ],
        [
            "Work",
            "Charts",
            "",
            "Reads every sign.\n- Names each buoy.",
            "Draws new charts.\n\nWith the hydrographer.",
            "",
            "",
            "",
        ],
        ["Watch-outs", "Pride", "", "", "Refuses the tug.", "", "", ""],
        ["Notes", "Picture", "", "A steady hand on the rope.", "", "", "", ""],
    ]


def test_the_guard_is_put_on_and_taken_off() -> None:
    source = (
        "category,criterion,description,One,Two\r\n"
        ",'=Care,'-2,\"'- Listens.\n- Asks.\",'@all\r\n"
        ",Pace,'plain,'(not defined),'' \r\n"
    )
    ladder = read(source)
    assert isinstance(ladder, Ladder)
    care, pace = ladder.criteria
    assert (care.name, care.description, pace.description) == ("=Care", "-2", "'plain")
    assert [signal.text for signal in ladder.expectation(care.id, "one").signals] == ["Listens.", "Asks."]
    assert [ladder.expectation(care.id, "two").summary, ladder.expectation(pace.id, "one").summary] == [
        "@all",
        "'(not defined)",
    ]
    assert rows(ladder)[1] == ["", "'=Care", "'-2", "'- Listens.\n- Asks.", "'@all"]


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "''=1", "＝1", "＋1", "－1", "＠x", "'\t"],
)
def test_a_formula_is_guarded(value: str) -> None:
    assert guard(value) == f"'{value}"
    assert unguard(guard(value)) == value


@pytest.mark.parametrize("value", ["", "a", "1", "'a", "'", "a=1", "(not defined)", "#1"])
def test_other_text_is_left_alone(value: str) -> None:
    assert (guard(value), unguard(value)) == (value, value)


@given(st.text(alphabet="'=+-@ \t\r\nab＝", max_size=8) | st.text(max_size=8))
def test_whatever_is_guarded_comes_back_and_begins_no_formula(value: str) -> None:
    assert unguard(guard(value)) == value
    assert not guard(value).strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def test_names_carry_their_ids_where_they_do_not_give_them() -> None:
    source = "category,criterion,description,PM 1,Director [dir],Group [x] [y]\nCraft & Care [craft],Care,,a,b,c\n"
    ladder = read(source)
    assert isinstance(ladder, Ladder)
    assert [(level.id, level.name) for level in ladder.levels] == [
        ("pm-1", "PM 1"),
        ("dir", "Director"),
        ("y", "Group [x]"),
    ]
    assert (ladder.criteria[0].category_id, ladder.criteria[0].category_name) == ("craft", "Craft & Care")
    assert rows(ladder) == list(csv.reader(io.StringIO(source)))


def test_three_kinds_of_empty_cells() -> None:
    ladder = read("category,criterion,description,One,Two,Three\n,Care,,, (not defined) ,(blank)\n")
    assert isinstance(ladder, Ladder)
    assert [ladder.expectation("care", level.id).kind for level in ladder.levels] == [
        CellKind.ABSENT,
        CellKind.NOT_DEFINED,
        CellKind.BLANK,
    ]


def test_a_signal_may_have_several_lines() -> None:
    ladder = read('category,criterion,description,One\n,Care,,"Cares.\n\n- First\n  and - second\n- Third"\n')
    assert isinstance(ladder, Ladder)
    cell = ladder.expectation("care", "one")
    assert (cell.summary, [s.text for s in cell.signals]) == ("Cares.\n", ["First\nand - second", "Third"])


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "",
            [
                (
                    "t.csv row 1: the first row is not the heading of a ladder "
                    "(expected: category, criterion, description, then one column for each level)"
                )
            ],
        ),
        (
            "criterion,category,description,One\n",
            [
                (
                    "t.csv row 1: the first row is not the heading of a ladder "
                    "(expected: category, criterion, description, then one column for each level)"
                )
            ],
        ),
        (
            "category,criterion,description,One\n",
            ["t.csv row 1: the table has no criteria (expected: one row for each criterion)"],
        ),
        (
            "category,criterion,description,One,one,高\nA,Care,,a,b,c\n,Pace,,a,b,c\nA,care,,a\n",
            [
                (
                    't.csv row 1 column 5: "one" has the id "one", which stands here a second time '
                    "(expected: another name, or an id in brackets)"
                ),
                (
                    "t.csv row 1 column 6: the cell has no name that an id can be made of "
                    "(expected: a name in Latin letters, or an id in brackets)"
                ),
                (
                    't.csv row 4 column 2: "care" has the id "care", which stands here a second time '
                    "(expected: another name, or an id in brackets)"
                ),
                (
                    "t.csv row 3 category: some rows have a category and some have none "
                    "(expected: a category in every row, or in none)"
                ),
                "t.csv row 4: the row has 4 columns (expected: 6, as the heading has)",
            ],
        ),
        ('category,criterion,description,One\n,Care,,"open', ["t.csv: this is not CSV: unexpected end of data"]),
    ],
)
def test_every_fault_of_a_table_is_told(source: str, told: list[str]) -> None:
    assert read(source) == told


def test_what_a_table_cannot_hold_is_said() -> None:
    assert [str(lost) for lost in dump_csv(shape("gaps")).lost] == [
        "tracks, grades and everything else about levels but their names",
        "moves",
        "weights, and what is shown and not scored",
        "how each track words a criterion",
        "steps, points and bands",
        "ids, examples and links of signals",
        "measures",
        "examples and proficiencies of cells",
        "references between cells",
        "the growth and role-fit sheets",
        "description, source and rules of the ladder",
    ]
    bare = read("category,criterion,description,One\n,Care,,- Listens.\n")
    assert isinstance(bare, Ladder)
    assert dump_csv(bare).lost == ()
