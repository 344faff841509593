"""Lists that are compared part by part, also those that are made to be slow."""

from __future__ import annotations

from review.domain.ladder_lines import match_lines
from review.domain.matching import MOST_STEPS, count_steps, match_parts
from review.domain.workflow_edit import ChangedLines, find_changed_lines

SLOW = ["a"] * 400, ["a", "b"] * 400


def test_lists_are_matched_part_by_part() -> None:
    assert match_parts(["one", "two", "three"], ["one", "three", "four"]) == [
        ("equal", 0, 1, 0, 1),
        ("delete", 1, 2, 1, 1),
        ("equal", 2, 3, 1, 2),
        ("insert", 3, 3, 2, 3),
    ]
    assert match_parts(["one"], ["one"]) == [("equal", 0, 1, 0, 1)]
    assert match_parts([], []) == []


def test_what_would_cost_too_much_is_one_replacement_between_what_stayed() -> None:
    old, new = (["begin", *middle, "end", "end"] for middle in SLOW)
    assert count_steps(old, new) > MOST_STEPS
    assert match_parts(old, new) == [
        ("equal", 0, 2, 0, 2),
        ("replace", 2, 401, 2, 801),
        ("equal", 401, 403, 801, 803),
    ]
    assert match_parts(*SLOW) == [("equal", 0, 1, 0, 1), ("replace", 1, 400, 1, 800)]


def test_a_workflow_made_to_be_slow_is_told_as_one_change() -> None:
    old, new = ("\n".join(lines) for lines in SLOW)
    assert find_changed_lines(old, new) == (ChangedLines(2, tuple(SLOW[0][1:]), 2, tuple(SLOW[1][1:])),)


def test_lines_of_a_cell_that_would_take_too_long_to_compare_are_other_ones() -> None:
    slow = "a " * 330, "a b " * 165
    assert count_steps(slow[0].split(), slow[1].split()) > MOST_STEPS / 2
    assert match_lines([slow[0].strip()] * 2, [slow[1].strip()] * 2) == [None, None]
    assert match_lines([slow[0].strip()], [slow[1].strip()]) == [0]
