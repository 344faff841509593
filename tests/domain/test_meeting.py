"""The place of a case in a led session, and its time box."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from review.domain.meeting import Place, TimeBox, find_place, read_time_box

BEGAN = datetime(2026, 11, 16, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("case_id", "done", "order", "place"),
    [
        (7, (), (7, 8, 9), Place(1, 3, 8)),
        (8, (1, 2), (7, 8, 9), Place(4, 5, 9)),
        (9, (1, 2), (7, 8, 9), Place(5, 5, 7)),  # the last one: what was passed over comes next
        (2, (1, 2), (7, 8, 9), Place(2, 5, 7)),  # just decided
        (2, (1, 2), (), Place(2, 2, None)),
        (7, (), (7,), Place(1, 1, None)),
    ],
)
def test_a_case_keeps_its_number_while_others_are_decided(
    case_id: int, done: tuple[int, ...], order: tuple[int, ...], place: Place
) -> None:
    assert find_place(case_id, done, order) == place


def test_the_clock_stands_while_the_session_is_paused() -> None:
    def after(minutes: float, paused: float | None = None, before: int = 0) -> TimeBox:
        paused_at = None if paused is None else BEGAN + timedelta(minutes=paused)
        return read_time_box(BEGAN, paused_at, before, minutes=8, now=BEGAN + timedelta(minutes=minutes))

    assert after(3) == TimeBox(180, 8, False)
    assert after(30, paused=5) == TimeBox(300, 8, True)
    assert after(30, before=25 * 60) == TimeBox(300, 8, False)
    assert after(-1) == TimeBox(0, 8, False)  # a clock that was put back
    assert [after(each).is_over for each in (7.99, 8, 20)] == [False, True, True]
    assert after(61.25).words == "61:15"
