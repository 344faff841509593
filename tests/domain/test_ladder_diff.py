"""Two versions of a ladder: every difference, with the words before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from review.domain.ladder import Ladder
from review.domain.ladder_diff import Change, ChangeKind, Subject, diff_ladders
from review.domain.ladder_file import ladder_data, parse_ladder
from review.domain.yaml_writer import write_yaml

SHAPES = Path(__file__).parent / "ladders"


def read(source: str) -> Ladder:
    ladder = parse_ladder(source, file="f")
    assert isinstance(ladder, Ladder), ladder
    return ladder


GAPS = (SHAPES / "gaps.yaml").read_text(encoding="utf-8")


def after(old: str, new: str) -> tuple[Change, ...]:
    assert old in GAPS
    return diff_ladders(read(GAPS), read(GAPS.replace(old, new)))


def test_the_version_alone_is_no_difference() -> None:
    assert after('"2026.10"', '"2027.1"') == ()


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (
            "name: Harbour pilots",
            "name: Pilots",
            (Change(ChangeKind.CHANGED, Subject.LADDER, "Pilots", "name", "Harbour pilots", "Pilots"),),
        ),
        (
            "grade: 10}",
            "grade: 11}",
            (Change(ChangeKind.CHANGED, Subject.LEVEL, "Harbour master", "grade", "10", "11", "harbour-master"),),
        ),
        (
            ", terminal: true",
            "",
            (
                Change(
                    ChangeKind.REMOVED, Subject.LEVEL, "Senior pilot", "terminal", "True", "", level_id="senior-pilot"
                ),
            ),
        ),
        (
            "Brings a ship in by day.",
            "Brings any ship in.",
            (
                Change(
                    ChangeKind.CHANGED,
                    Subject.CELL,
                    "Steering, Pilot",
                    "",
                    (
                        "Brings a ship in by day.\n- Reads the tide.\n- Speaks with the tug.\n"
                        "Turns without help >= 40\nDents < 0.5 a year\n(The night of the long swell)"
                    ),
                    (
                        "Brings any ship in.\n- Reads the tide.\n- Speaks with the tug.\n"
                        "Turns without help >= 40\nDents < 0.5 a year\n(The night of the long swell)"
                    ),
                    "pilot",
                    "steering",
                ),
            ),
        ),
        (
            "station-lead: {not_defined: true}",
            "station-lead: Leads.",
            (
                Change(
                    ChangeKind.ADDED,
                    Subject.CELL,
                    "Steering, Station lead",
                    "",
                    "not_defined",
                    "Leads.",
                    "station-lead",
                    "steering",
                ),
            ),
        ),
        (
            "at: {pilot: Refuses the tug.}",
            "at: {}",
            (
                Change(
                    ChangeKind.REMOVED, Subject.CELL, "Pride, Pilot", "", "Refuses the tug.", "absent", "pilot", "pride"
                ),
            ),
        ),
        (
            "  - {from: station-lead, to: mate, kind: step_down}\n",
            "",
            (Change(ChangeKind.REMOVED, Subject.MOVE, "station-lead → mate", "kind", "step_down", ""),),
        ),
        (
            "name: Shore,",
            "name: Land,",
            (Change(ChangeKind.CHANGED, Subject.TRACK, "Land", "name", "Shore", "Land"),),
        ),
        (
            "polarity: negative",
            "scored: false",
            (
                Change(ChangeKind.REMOVED, Subject.CATEGORY, "Watch-outs", "polarity", "negative", ""),
                Change(ChangeKind.ADDED, Subject.CATEGORY, "Watch-outs", "scored", "", "False"),
            ),
        ),
        (
            "      - {id: picture, name: Picture, at: {mate: A steady hand on the rope.}}\n",
            "      - {id: image, name: Image, at: {mate: A steady hand on the rope.}}\n",
            (
                Change(ChangeKind.REMOVED, Subject.CRITERION, "Picture", old="Picture", criterion_id="picture"),
                Change(ChangeKind.ADDED, Subject.CRITERION, "Image", new="Image", criterion_id="image"),
            ),
        ),
        (
            "        weight: 2\n",
            "",
            (Change(ChangeKind.REMOVED, Subject.CRITERION, "Steering", "weight", "2", "", criterion_id="steering"),),
        ),
    ],
)
def test_one_difference(old: str, new: str, changes: tuple[Change, ...]) -> None:
    found = after(old, new)
    others = {change.name for change in found[len(changes) :]}
    assert found[: len(changes)] == changes
    assert others <= {
        "Steering, Senior pilot",
        "Watch, Senior pilot",
        "Watch, Harbour master",
    }  # they lean on that cell


def test_an_id_alone_is_told_in_detail() -> None:
    change, *_ = after("id: st-2", "id: st-3")
    assert (change.kind, change.subject, change.name, change.field) == (
        ChangeKind.CHANGED,
        Subject.CELL,
        "Steering, Pilot",
        "details",
    )
    assert [line.strip() for line in change.old.splitlines() if "id: st" in line] == ["- id: st-2"]
    assert [line.strip() for line in change.new.splitlines() if "id: st" in line] == ["- id: st-3"]


def test_a_cell_that_leans_on_another_changes_with_it() -> None:
    found = after("Brings a ship in by day.", "Brings any ship in.")
    assert [(change.name, change.field) for change in found] == [
        ("Steering, Pilot", ""),
        ("Steering, Senior pilot", ""),
        ("Watch, Senior pilot", "details"),
        ("Watch, Harbour master", "details"),
    ]


def test_the_order_is_a_difference() -> None:
    ladder = read(GAPS)
    data: dict[str, Any] = ladder_data(ladder)
    data["categories"] = data["categories"][::-1]
    found = diff_ladders(ladder, read(write_yaml(data)))
    assert [(change.subject, change.field, change.old, change.new) for change in found] == [
        (Subject.CATEGORY, "order", "work, watch-outs, notes", "notes, watch-outs, work"),
        (
            Subject.CRITERION,
            "order",
            "steering, watch, charts, pride, picture",
            "picture, pride, steering, watch, charts",
        ),
    ]


def test_two_versions_of_one_ladder() -> None:
    old = read((SHAPES / "items.yaml").read_text(encoding="utf-8"))
    new = read((SHAPES / "branches.yaml").read_text(encoding="utf-8"))
    levels = [(c.kind.value, c.level_id) for c in diff_ladders(old, new) if c.subject is Subject.LEVEL]
    assert levels == [
        ("added", "carver"),
        ("added", "foreman"),
        ("added", "master-carver"),
        ("added", "site-lead"),
        ("added", "warden"),
    ]
    criteria = [(c.kind.value, c.criterion_id) for c in diff_ladders(old, new) if c.subject is Subject.CRITERION]
    assert criteria == [("removed", "tools"), ("added", "planning")]
    back = [(c.kind.value, c.level_id) for c in diff_ladders(new, old) if c.subject is Subject.LEVEL]
    assert back == [("removed", level_id) for _, level_id in levels]
