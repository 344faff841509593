"""Who may be told of something at all, before the table of rights is asked: the embargo, and the cycle's policy.

What waits for the announcement waits for good where a case ends without one, as when its candidate withdraws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.domain.access import Role
from review.domain.checks import DECIDED_OUTCOMES
from review.domain.phase import Phase
from review.domain.policy import candidate_reads_rating

EMBARGOED = frozenset({"decision.outcome", "decision.rationale", "feedback.summary"})
RATING = "rating.final"
TOLD_TOGETHER = frozenset({Role.MANAGER, Role.SKIP_LEVEL})
"""Who learns a decision with the candidate, when it is announced, and not while its letter is being written."""

WITH_THE_ANSWER: Mapping[str, frozenset[Role]] = {
    **dict.fromkeys(EMBARGOED, TOLD_TOGETHER | {Role.CANDIDATE}),
    RATING: frozenset({Role.CANDIDATE}),
    "growth_plan": frozenset({Role.CANDIDATE, Role.MANAGER}),
}
"""What comes to whom by the announcement alone."""


def was_told(phase: Phase, outcome: str | None) -> bool:
    """Tell whether the decision that stands has been announced; of a case that ended without one it never is."""
    return phase is Phase.ANNOUNCED or (phase is Phase.CLOSED and outcome in DECIDED_OUTCOMES)


def keep_told(
    roles: frozenset[Role], thing: str, phase: Phase, policy: Mapping[str, Any], outcome: str | None = None
) -> frozenset[Role]:
    """Return the roles that may know of an object of the grid in a phase under a policy.

    Args:
        outcome: with which the case has ended, where it has.
    """
    if thing == RATING and not candidate_reads_rating(policy):
        return roles - {Role.CANDIDATE}
    if phase is Phase.CLOSED and not was_told(phase, outcome):
        return roles - WITH_THE_ANSWER.get(thing, frozenset())
    return roles - TOLD_TOGETHER if phase is Phase.DECIDED and thing in EMBARGOED else roles
