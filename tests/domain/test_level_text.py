"""What a level asks in a criterion: made once for each ladder, and for each cell that cell's own."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.level_text import LevelText, describe_level

BRANCHES = Path(__file__).parent / "ladders" / "branches.yaml"


def parse(source: str) -> Ladder:
    ladder = parse_ladder(source, file=BRANCHES.name)
    assert isinstance(ladder, Ladder), ladder
    return ladder


@pytest.fixture
def ladder() -> Ladder:
    return parse(BRANCHES.read_text(encoding="utf-8"))


def describe(ladder: Ladder) -> dict[tuple[str, str], LevelText | None]:
    cells = product((each.id for each in ladder.criteria), (each.id for each in ladder.levels))
    return {(criterion, level): describe_level(ladder, criterion, level) for criterion, level in cells}


def test_each_cell_is_described_by_its_own_words_however_often(ladder: Ladder) -> None:
    first, again = describe(ladder), describe(ladder)
    told = {
        cell: (found.name, found.is_people_manager, found.summary, [each.text for each in found.signals])
        for cell, found in again.items()
        if found is not None
    }
    assert told == {
        (criterion, level): (
            ladder.level(level).name,
            ladder.leads_people(level),
            asked.summary,
            [each.text for each in (*asked.base, *asked.signals)],
        )
        for criterion, level in first
        for asked in [ladder.expectation(criterion, level)]
    }
    assert [id(found) for found in again.values()] == [id(found) for found in first.values()]


def test_another_ladder_is_described_by_its_own_words(ladder: Ladder) -> None:
    describe(ladder)
    changed = parse(BRANCHES.read_text(encoding="utf-8").replace("Mason", "Bricklayer"))
    described = describe_level(changed, changed.criteria[0].id, "mason")
    assert described is not None
    assert described.name == "Bricklayer"


@pytest.mark.parametrize("level", [None, "baker"])
def test_nothing_is_said_of_a_level_that_is_not_there(ladder: Ladder, level: str | None) -> None:
    criterion = ladder.criteria[0].id
    assert [describe_level(ladder, criterion, level) for _ in range(2)] == [None, None]
