"""A ladder laid out for reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.ladder_sheet import find_ways, group_activities, lay_out, lay_out_pair, measure_text

ROOT = Path(__file__).parents[2]
SHAPES = Path(__file__).parent / "ladders"


def load(path: Path) -> Ladder:
    ladder = parse_ladder(path.read_text(encoding="utf-8"), file=path.name)
    assert isinstance(ladder, Ladder), ladder
    return ladder


@pytest.fixture(scope="module")
def shipped() -> Ladder:
    return load(ROOT / "workflows" / "ladders" / "product-management.yaml")


@pytest.fixture(scope="module")
def gaps() -> Ladder:
    return load(SHAPES / "gaps.yaml")


def test_levels_of_one_grade_stand_together(shipped: Ladder) -> None:
    sheet = lay_out(shipped, here="staff-pm")
    assert [column.level.code for column in sheet.columns] == [
        "IC1",
        "IC2",
        "IC3",
        "IC4",
        "M4",
        "IC5",
        "M5",
        "IC6",
        "M6",
        "M7",
    ]
    assert [(str(group.heading), group.span) for group in sheet.groups] == [
        ("Grade 1", 1),
        ("Grade 2", 1),
        ("Grade 3", 1),
        ("Grade 4, 2 equal ways", 2),
        ("Grade 5, 2 equal ways", 2),
        ("Grade 6, 2 equal ways", 2),
        ("Grade 7", 1),
    ]
    assert [column.level.id for column in sheet.columns if column.is_here] == ["staff-pm"]
    assert [column.track_name for column in sheet.columns][3:5] == ["Individual contributor", "People"]
    assert (sheet.accumulates, sheet.is_checklist, sheet.has_groups) == (True, False, True)


def test_a_part_is_what_is_next_to_a_level(shipped: Ladder, gaps: Ladder) -> None:
    def near(ladder: Ladder, level_id: str) -> list[str]:
        return [column.level.id for column in lay_out(ladder, near=level_id).columns]

    assert near(shipped, "pm-1") == ["pm-1", "pm-2"]
    assert near(shipped, "staff-pm") == ["senior-pm", "staff-pm", "group-pm", "principal-pm", "director-pm"]
    assert near(gaps, "pilot") == ["mate", "pilot", "senior-pilot"]
    assert [c.level.id for c in lay_out(gaps, track_id="shore").columns] == ["station-lead", "harbour-master"]


def test_without_grades_the_order_of_the_file_stays(gaps: Ladder) -> None:
    assert [column.level.id for column in lay_out(gaps).columns] == [level.id for level in gaps.levels]
    branches = lay_out(load(SHAPES / "branches.yaml"))
    assert not branches.has_groups
    assert [column.track_name for column in branches.columns] == ["", "", "Hand", "Crew", "Hand", "Crew", ""]


def test_an_empty_cell_says_why(gaps: Ladder) -> None:
    steering, watch, *_ = lay_out(gaps).rows
    assert [str(cell.silence) if cell.silence else None for cell in steering.cells] == [
        "The ladder says nothing here; it is not rated.",
        None,
        None,
        "Not defined at this level. The ladder says so; it is not rated.",
        "Left blank in the ladder; it is not rated.",
    ]
    assert [cell.repeats for cell in steering.cells] == ["", "", "Pilot", "", ""]
    assert [(named.where, named.summary) for named in watch.cells[2].named] == [
        ("Pilot, Steering", "Brings a ship in by day.")
    ]


def test_measures_are_sentences(gaps: Ladder) -> None:
    measures = gaps.expectation("steering", "pilot").measures
    assert [str(measure_text(measure)) for measure in measures] == [
        "Turns without help: at least 40",
        "Dents: less than 0.5 a year",
    ]


def test_criteria_with_steps_alone_stand_apart(gaps: Ladder) -> None:
    points = lay_out(load(SHAPES / "points.yaml"))
    assert (points.rows, [row.criterion.id for row in points.stepped]) == ((), ["KNIFE_WORK", "TASTE"])
    assert [row.criterion.id for row in lay_out(gaps).rows] == ["steering", "watch", "charts", "pride", "picture"]


def test_two_levels_side_by_side(shipped: Ladder) -> None:
    rows = lay_out_pair(shipped, "senior-pm", "group-pm")
    assert [row.criterion.id for row in rows] == ["hard-skills", "cross-functionality", "leadership", "accountability"]
    assert {tuple(cell.column.level.id for cell in row.cells) for row in rows} == {("senior-pm", "group-pm")}


def test_ways_say_what_they_take(shipped: Ladder, gaps: Ladder) -> None:
    def ways(ladder: Ladder, level_id: str) -> list[tuple[str, str, list[str]]]:
        return [
            (way.level.id, str(way.kind), [str(condition) for condition in way.conditions])
            for way in find_ways(ladder, level_id)
        ]

    assert ways(shipped, "senior-pm") == [
        (
            "staff-pm",
            "Promotion",
            ["At least 18 months at IC3.", "1 period of work at the next level."],
        ),
        (
            "group-pm",
            "Promotion and change of track",
            [
                "At least 18 months at IC3.",
                "1 period of work at the next level.",
                "An open role for 2 to 4 reports is needed.",
            ],
        ),
    ]
    assert ways(shipped, "staff-pm")[0] == (
        "group-pm",
        "Change of track at the same grade, not a promotion",
        ["An open role for 2 to 4 reports is needed."],
    )
    assert ways(gaps, "mate") == [
        ("pilot", "Promotion", ["At least 12 months at S1.", "2 periods of work at the next level."])
    ]
    assert ways(gaps, "station-lead")[0] == ("mate", "Step down", [])


def test_activities_stand_under_their_headings(shipped: Ladder) -> None:
    groups = group_activities(shipped)
    assert [(name, len(activities)) for name, activities in groups] == [
        ("Market", 5),
        ("Strategy", 5),
        ("Delivery", 5),
        ("Going to market", 4),
        ("Leading", 6),
    ]
    assert group_activities(load(SHAPES / "points.yaml")) == ()
