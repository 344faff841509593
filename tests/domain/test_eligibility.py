"""Who may be a candidate, and in words why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from review.domain.eligibility import Nominee, find_obstacles, find_wrong_move, months_between
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder

FILE = Path(__file__).parents[2] / "workflows" / "ladders" / "product-management.yaml"
TODAY = date(2026, 11, 16)


def load() -> Ladder:
    ladder = parse_ladder(FILE.read_text(encoding="utf-8"), file=FILE.name)
    assert isinstance(ladder, Ladder), ladder
    return ladder


LADDER = load()
GOOD = Nominee(
    is_active=True,
    level_id="senior-pm",
    level_since_on=date(2023, 1, 1),
    kind="promotion",
    from_level_id="senior-pm",
    to_level_id="staff-pm",
)
OUTSIDE = replace(GOOD, level_id=None, from_level_id=None, kind="entry", level_since_on=None)


def obstacles(nominee: Nominee, months: int = 4) -> list[str]:
    return [str(each) for each in find_obstacles(LADDER, nominee, TODAY, months_between=months)]


def test_a_promotion_to_the_next_level_is_open() -> None:
    assert obstacles(GOOD) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"is_active": False}, ["This person has left the company"]),
        ({"has_other_case": True}, ["This person already has a case in this cycle"]),
        ({"to_level_id": "wizard"}, ["The ladder has no level wizard"]),
        ({"to_level_id": "principal-pm"}, ["The ladder has no such move from Senior PM to Principal PM"]),
        ({"kind": "track_change"}, ["The ladder has no such move from Senior PM to Staff PM"]),
        ({"level_id": None}, ["This person has no level on this ladder"]),
        ({"level_id": "pm-2"}, ["This person's level is PM 2 now, not the one the case starts from"]),
        ({"level_since_on": None}, ["Nobody has written down since when this person is Senior PM"]),
        ({"months_since_last": 1}, ["The last case ended 1 month ago; the cycle asks for 4"]),
        ({"months_since_last": 4}, []),
        ({"kind": "entry"}, ["This person is on the ladder already; an entry is for another discipline"]),
    ],
)
def test_each_obstacle_is_named(change: dict[str, object], expected: list[str]) -> None:
    assert obstacles(replace(GOOD, **change)) == expected  # type: ignore[arg-type]


def test_time_in_level_counts_whole_months() -> None:
    need = LADDER.level("senior-pm").min_months
    assert need
    since = date(2026, 11, 17).replace(year=2026 - need // 12, month=11 - need % 12)
    assert obstacles(replace(GOOD, level_since_on=since)) == [
        f"{need - 1} months as Senior PM; the ladder asks for {need}"
    ]
    assert obstacles(replace(GOOD, level_since_on=since.replace(day=16))) == []


def test_every_reason_comes_at_once() -> None:
    nominee = replace(GOOD, is_active=False, has_other_case=True, level_since_on=TODAY, months_since_last=0)
    assert len(obstacles(nominee)) == 4
    assert len(find_wrong_move(LADDER, nominee)) == 2


def test_an_entry_is_for_the_levels_that_are_open_to_it() -> None:
    entry = LADDER.entry_levels()[0].id
    assert obstacles(replace(OUTSIDE, to_level_id=entry)) == []
    assert obstacles(replace(OUTSIDE, to_level_id="cpo")) == ["Nobody enters the ladder at Chief Product Officer"]


def test_a_change_of_track_keeps_the_grade() -> None:
    move = next(each for each in LADDER.moves if each.kind == "track_change" and each.from_level == "staff-pm")
    nominee = replace(GOOD, level_id="staff-pm", from_level_id="staff-pm", to_level_id=move.to_level)
    assert obstacles(replace(nominee, kind="track_change")) == []
    assert len(obstacles(nominee)) == 1


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 0),
        (date(2026, 1, 15), date(2026, 2, 15), 1),
        (date(2026, 1, 15), date(2026, 2, 14), 0),
        (date(2025, 11, 16), TODAY, 12),
        (TODAY, date(2025, 1, 1), 0),
    ],
)
def test_months_between(start: date, end: date, months: int) -> None:
    assert months_between(start, end) == months
