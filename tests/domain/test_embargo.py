"""The embargo: of everything in the table of rights, what is kept back from whom, in each phase and end of a case."""

from __future__ import annotations

from typing import Any

import pytest

from review.domain.access import Role
from review.domain.access_grid import GRID
from review.domain.embargo import keep_told
from review.domain.phase import Phase

UNTIL_ANNOUNCED = {
    (thing, Phase.DECIDED): {Role.MANAGER, Role.SKIP_LEVEL}
    for thing in ("decision.outcome", "decision.rationale", "feedback.summary")
}
NO_RATING = {("rating.final", phase): {Role.CANDIDATE} for phase in Phase}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, UNTIL_ANNOUNCED),
        ({"anonymity": {"candidate_sees_final_rating": True}}, UNTIL_ANNOUNCED),
        ({"anonymity": {"candidate_sees_final_rating": False}}, {**UNTIL_ANNOUNCED, **NO_RATING}),
    ],
)
def test_what_is_kept_back_from_whom_and_when(
    policy: dict[str, Any], expected: dict[tuple[str, Phase], set[Role]]
) -> None:
    assert kept_back(policy, "not_yet") == expected


def test_what_waits_for_the_announcement_waits_for_good_without_one() -> None:
    told = {Role.CANDIDATE, Role.MANAGER, Role.SKIP_LEVEL}
    for_good = {
        ("decision.outcome", Phase.CLOSED): told,
        ("decision.rationale", Phase.CLOSED): told,
        ("feedback.summary", Phase.CLOSED): told,
        ("rating.final", Phase.CLOSED): {Role.CANDIDATE},
        ("growth_plan", Phase.CLOSED): {Role.CANDIDATE, Role.MANAGER},
    }
    for outcome in ("withdrawn", "ineligible", None):
        assert kept_back({}, outcome) == UNTIL_ANNOUNCED | for_good
    for outcome in ("promoted", "deferred", "not_yet"):
        assert kept_back({}, outcome) == UNTIL_ANNOUNCED


def kept_back(policy: dict[str, Any], outcome: str | None) -> dict[tuple[str, Phase], frozenset[Role]]:
    """Return who may not be told of what in which phase, where it is anybody."""
    everybody = frozenset(Role)
    places = {(thing, phase): keep_told(everybody, thing, phase, policy, outcome) for thing in GRID for phase in Phase}
    return {place: everybody - roles for place, roles in places.items() if roles != everybody}
