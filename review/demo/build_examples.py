"""The demo company's managers try their scale out on the example profiles, each for themselves."""

from __future__ import annotations

from datetime import datetime

from review.demo.build_company import FOUNDED
from review.demo.company import Day
from review.demo.stage import Stage
from review.domain.calibration import SCALE
from review.domain.example_file import ExampleProfile
from review.queries.example_profiles import load_examples
from review.services.example_ratings import rate_example

BEGUN: Day = FOUNDED + 20
"""The day on which the first one rates; a day later the next."""
RATERS = (
    "kwabena.holmstrom",
    "pilar.wachowska",
    "yusuf.brennecke",
    "saoirse.nakagawa",
    "lotte.ferreira",
    "matteo.adeyemi",
    "anselm.quispe",
)
"""Who rates, in this order; the last one only the first profile so far."""


def play_examples(stage: Stage) -> None:
    """Put the ratings of the profiles of the demo's ladder on the list."""
    profiles = [each for found in load_examples() if found.ladder == stage.ladder.id for each in found.profiles]
    for place, rater in enumerate(RATERS):
        rated = profiles[:1] if rater == RATERS[-1] else profiles
        for profile in rated:
            stage.add(stage.moments.on(BEGUN + place), _rate, stage, rater, profile, place)


def _rate(stage: Stage, rater: str, profile: ExampleProfile, place: int, *, now: datetime) -> None:
    """Rate as it was meant, or one point beside it."""
    given = {
        name: min(max(reading.value + (place + at) % 3 - 1, SCALE[0]), SCALE[-1])
        for at, (name, reading) in enumerate(profile.readings.items())
    }
    rate_example(stage.session, profile.ladder, profile.id, given, actor=stage.actor(rater, now), now=now)
