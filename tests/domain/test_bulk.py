"""Which day many cases can be given at once, and why a case keeps the one it has."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from review.domain.bulk import find_obstacle_to_extension
from review.domain.phase import Phase
from review.domain.schedule import Calendar

CALENDAR = Calendar(ZoneInfo("Europe/Vienna"), dates={"calibration_date": date(2026, 11, 27)})
TODAY = date(2026, 11, 16)
BEFORE = "Calibration in this cycle is on 2026-11-27; move that date first"


@pytest.mark.parametrize(
    ("due", "new", "phase", "why"),
    [
        (None, 20, Phase.COLLECTING, "This stage has no day"),
        (10, None, Phase.COLLECTING, "Say for how many working days, or until which day"),
        (18, 18, Phase.COLLECTING, "The new day must be later than the one it has"),
        (18, 28, Phase.VOTING, BEFORE),
        (18, 27, Phase.VOTING, None),
        (18, 28, Phase.REVEALED, None),
        (10, 15, Phase.COLLECTING, "The new day is past"),
        (10, 16, Phase.COLLECTING, None),
    ],
)
def test_a_new_day_is_later_before_calibration_and_not_past(
    due: int | None, new: int | None, phase: Phase, why: str | None
) -> None:
    due_on, new_on = (day and date(2026, 11, day) for day in (due, new))
    obstacle = find_obstacle_to_extension(due_on, new_on, phase, CALENDAR, TODAY)
    assert (obstacle and str(obstacle)) == why
