"""A ladder edited by forms: nothing is lost, ids stay, and every fault is told with its part."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.domain.errors import TransitionRefused
from review.domain.ladder import Ladder
from review.domain.ladder_cell_words import CellWords, Says, read_cell, write_cell
from review.domain.ladder_changes import (
    DraftChange,
    add_criterion,
    add_level,
    change_cell,
    change_criterion,
    change_level,
    change_moves,
    end_criterion,
    end_level,
    list_signal_ids,
    restore_cell,
    shift_level,
)
from review.domain.ladder_edit import Data, close_data, find_criterion, find_level, open_data
from review.domain.ladder_file import parse_ladder
from review.domain.ladder_impact import LevelImpact, find_impact
from review.domain.ladder_lines import join_lines, split_lines
from review.domain.ladder_places import place_faults
from review.domain.yaml_writer import write_yaml

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "workflows" / "ladders").glob("*.yaml")),
    *sorted((ROOT / "tests/domain/ladders").glob("*.yaml")),
]
SMALL = """\
format: ladder/1
id: bakers
name: Bakers
version: "1"
tracks: [{id: craft, name: Craft}]
levels:
  - {id: one, name: One, track: craft, grade: 0}
  - {id: two, name: Two, track: craft, grade: 1}
  - {id: three, name: Three, track: craft, grade: 2}
moves: [{from: one, to: three, kind: promotion, x: {why: seldom}}]
promotion: {min_months_in_level: {one: 6, two: 12}}
criteria:
  - id: care
    name: Care
    at:
      one:
        summary: Listens.
        signals:
          - {id: ear, text: Asks twice before baking, examples: [Asked for the flour.]}
          - Writes down what was said
        measures: [{id: slips, name: Wrong orders, op: "<", value: 0.5, unit: a week, x: {seen: 1}}]
        refers_to: [{level: two}]
        weight: 2
        x: {note: kept}
      two: {same_as: one, plus: [Teaches others to ask]}
      three: Acts.
  - id: dough
    name: Dough
    at: {one: Kneads., two: {not_defined: true}}
x: {owner: people}
"""


@cache
def read(path: Path) -> Ladder:
    return ladder_of(path.read_text(encoding="utf-8"))


def ladder_of(source: str) -> Ladder:
    ladder = parse_ladder(source, file="f")
    assert isinstance(ladder, Ladder), ladder
    return ladder


def small() -> Data:
    return open_data(ladder_of(SMALL))


def closed(data: Data) -> Ladder:
    ladder = close_data(data, file="f")
    assert isinstance(ladder, Ladder), ladder
    return ladder


def write(change: DraftChange, data: Data) -> tuple[str, ...]:
    return tuple(str(fault) for fault in change.write(data))


def cell(data: Data, criterion: str, level: str) -> Any:
    return find_criterion(data, criterion)["at"][level]  # type: ignore[index]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_cell_that_is_sent_as_it_came_stays_as_it_is(path: Path) -> None:
    ladder = read(path)
    data = open_data(ladder)
    for criterion in ladder.criteria:
        for level in ladder.levels:
            words = change_cell(criterion.id, level.id, CellWords(""), ()).read(data)
            assert change_cell(criterion.id, level.id, CellWords(**words), ()).write(data) == ()
    assert closed(data) == ladder


def test_what_a_form_does_not_ask_is_kept_when_the_words_change() -> None:
    data = small()
    before = cell(data, "care", "one")
    words = replace(read_cell(before), summary="Listens well.")
    assert write(change_cell("care", "one", words, ()), data) == ()
    assert cell(data, "care", "one") == {**before, "summary": "Listens well."}


def test_a_signal_keeps_its_id_when_it_is_reworded_or_moved() -> None:
    data = small()
    words = read_cell(cell(data, "care", "one"))
    lines = "A new first line of other things\nWrites down all that was said\nAsks twice before any baking"
    taken = list_signal_ids(ladder_of(SMALL)) | {"care.one.3"}
    assert write(change_cell("care", "one", replace(words, signals=lines), taken), data) == ()
    assert cell(data, "care", "one")["signals"] == [
        {"id": "care.one.4", "text": "A new first line of other things"},
        {"id": "care.one.2", "text": "Writes down all that was said"},
        {"id": "ear", "text": "Asks twice before any baking", "examples": ["Asked for the flour."]},
    ]
    again = read_cell(cell(data, "care", "one"))
    assert write(change_cell("care", "one", replace(again, signals="Asks twice before any baking"), ()), data) == ()
    assert [each["id"] for each in cell(data, "care", "one")["signals"]] == ["ear"]
    assert closed(data).expectation("care", "one").signals[0].examples == ("Asked for the flour.",)


def test_a_line_reworded_in_place_needs_no_id_of_its_own() -> None:
    data = small()
    words = read_cell(cell(data, "care", "one"))
    lines = "Asks twice before baking\nWrites down what somebody said"
    write(change_cell("care", "one", replace(words, signals=lines), ()), data)
    assert cell(data, "care", "one")["signals"][1] == "Writes down what somebody said"


def test_measures_are_read_from_lines() -> None:
    data = small()
    words = read_cell(cell(data, "care", "one"))
    assert words.measures == "Wrong orders < 0.5 a week"
    lines = "Loaves a day >= 40\nWrong orders < 0.25 a week\nLoaves a day = 1.5 kg each"
    assert write(change_cell("care", "one", replace(words, measures=lines), ()), data) == ()
    assert cell(data, "care", "one")["measures"] == [
        {"id": "loaves-a-day", "name": "Loaves a day", "op": ">=", "value": 40},
        {"id": "slips", "name": "Wrong orders", "op": "<", "value": 0.25, "unit": "a week", "x": {"seen": 1}},
        {"id": "loaves-a-day-2", "name": "Loaves a day", "op": "=", "value": 1.5, "unit": "kg each"},
    ]
    wrong = replace(words, measures="Loaves a day: many")
    assert write(change_cell("care", "one", wrong, ()), data) == (
        (
            'measures: "Loaves a day: many" is no measure (expected: name, one of < <= = >= >, a number, and a unit if '
            "there is one: Weekly users >= 40 %)"
        ),
    )


def test_a_list_that_is_too_long_is_told() -> None:
    long = CellWords(Says.WORDS, signals="\n".join(f"Line {n}" for n in range(61)))
    assert write(change_cell("care", "one", long, ()), small()) == (
        "signals: The list is too long (expected: at most 60 lines)",
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (CellWords(Says.NOT_DEFINED), {"not_defined": True, "weight": 2, "x": {"note": "kept"}}),
        (CellWords(Says.BLANK), {"blank": True, "weight": 2, "x": {"note": "kept"}}),
        (
            CellWords(Says.SAME, same_as="three", plus="And more"),
            {
                "same_as": "three",
                "plus": [{"id": "care.one.plus.1", "text": "And more"}],
                "weight": 2,
                "x": {"note": "kept"},
                "refers_to": [{"level": "two"}],
            },
        ),
        (CellWords(Says.ABSENT), None),
    ],
)
def test_a_cell_becomes_of_another_kind(words: CellWords, found: object) -> None:
    data = small()
    assert write(change_cell("care", "one", words, ()), data) == ()
    assert (find_criterion(data, "care") or {})["at"].get("one") == found
    if words.says != Says.ABSENT:
        assert read_cell(found) == words


def test_a_cell_that_was_absent_takes_its_place_in_the_order() -> None:
    data = small()
    write(change_cell("dough", "three", CellWords(Says.WORDS, summary="Bakes."), ()), data)
    write(change_cell("dough", "one", CellWords(Says.ABSENT), ()), data)
    write(change_cell("dough", "one", CellWords(Says.WORDS, summary="Kneads."), ()), data)
    assert list((find_criterion(data, "dough") or {})["at"]) == ["one", "two", "three"]


def test_a_cell_goes_back_to_the_published_words() -> None:
    data = small()
    write(change_cell("care", "one", CellWords(Says.BLANK), ()), data)
    write(change_cell("dough", "three", CellWords(Says.WORDS, summary="Bakes."), ()), data)
    for place in (("care", "one"), ("dough", "three")):
        assert restore_cell(*place, small()).write(data) == ()
    assert closed(data) == ladder_of(SMALL)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab \n<>=-", min_size=1).map(str.strip).filter(bool), max_size=5))
def test_lines_come_back_as_the_texts_they_were(texts: list[str]) -> None:
    assert list(split_lines(join_lines(texts))) == texts


def test_a_level_is_reworded_added_moved_and_ended() -> None:
    data = small()
    values = {"name": "First", "grade": 0, "track": "craft", "terminal": False, "summary": "", "code": ""}
    assert write(change_level("one", values), data) == ()
    assert find_level(data, "one") == {"id": "one", "name": "First", "track": "craft", "grade": 0}
    new = {"name": "Two and a half", "grade": 1, "track": "craft"}
    assert write(add_level(new, "", "two"), data) == ()
    assert write(shift_level("two-and-a-half", -1), data) == ()
    assert [level.id for level in closed(data).levels] == ["one", "two-and-a-half", "two", "three"]
    assert write(end_level("three"), data) == ()
    assert (data["moves"], find_criterion(data, "care")["at"].keys()) == ([], {"one", "two"})  # type: ignore[index]
    assert [move.to_level for move in closed(data).moves_from("two-and-a-half")] == ["two"]
    with pytest.raises(TransitionRefused) as refused:
        end_level("three").write(data)
    assert str(refused.value) == "The draft has no level three any more"


def test_a_level_that_others_lean_on_cannot_end_and_the_cell_is_named() -> None:
    data = small()
    end_level("one").write(data)
    faults = close_data(data, file="f")
    assert not isinstance(faults, Ladder)
    told = place_faults(faults, write_yaml(data))
    assert [(each.criterion_id, each.level_id, each.name, str(each.fault.what)) for each in told] == [
        ("care", "two", "Care, Two", 'same_as names "one", which does not exist')
    ]


def test_a_criterion_is_reworded_added_and_ended() -> None:
    data = small()
    values = {"name": "Great care", "description": "", "weight": 0}
    assert write(change_criterion("care", values, "Is kind\nIs on time", ""), data) == ()
    assert closed(data).criterion("care").weight == 0
    assert [signal.id for signal in closed(data).expectation("care", "three").base] == [
        "care.all-levels.1",
        "care.all-levels.2",
    ]
    assert write(add_criterion({"name": "Great care"}, "", ""), data) == ()
    assert write(end_criterion("dough"), data) == ()
    assert [criterion.id for criterion in closed(data).criteria] == ["care", "great-care"]


def test_moves_keep_what_hangs_on_them() -> None:
    data = small()
    rows = [{"from": "one", "to": "three", "kind": "lateral"}, {"from": "", "to": "one", "kind": "entry"}]
    assert write(change_moves(rows), data) == ()
    assert data["moves"] == [
        {"from": "one", "to": "three", "kind": "lateral", "x": {"why": "seldom"}},
        {"to": "one", "kind": "entry"},
    ]


def test_an_emptied_cell_is_a_blank_one() -> None:
    assert write_cell("Acts.", CellWords(Says.WORDS), prefix="p", taken=()) == ({"blank": True}, ())


def test_those_below_a_changed_level_and_on_an_ended_one_are_concerned() -> None:
    data = small()
    write(change_cell("care", "three", CellWords(Says.WORDS, summary="Acts at once."), ()), data)
    assert find_impact(ladder_of(SMALL), closed(data)) == (
        LevelImpact("one", "One", False, ("Three",)),
        LevelImpact("two", "Two", False, ("Three",)),
    )
    end_level("three").write(data)
    assert find_impact(ladder_of(SMALL), closed(data)) == (
        LevelImpact("one", "One", False, ("Three",)),
        LevelImpact("two", "Two", False, ("Three",)),
        LevelImpact("three", "Three", True, ()),
    )
    assert find_impact(ladder_of(SMALL), ladder_of(SMALL)) == ()
