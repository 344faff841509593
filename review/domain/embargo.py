"""Who may be told of something at all, before the table of rights is asked: the embargo, and the cycle's policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.domain.access import Role
from review.domain.phase import Phase
from review.domain.policy import candidate_reads_rating

EMBARGOED = frozenset({"decision.outcome", "decision.rationale", "feedback.summary"})
RATING = "rating.final"
TOLD_TOGETHER = frozenset({Role.MANAGER, Role.SKIP_LEVEL})
"""Who learns a decision with the candidate, when it is announced, and not while its letter is being written."""


def keep_told(roles: frozenset[Role], thing: str, phase: Phase, policy: Mapping[str, Any]) -> frozenset[Role]:
    """Return the roles that may know of an object of the grid in a phase under a policy."""
    if thing == RATING and not candidate_reads_rating(policy):
        return roles - {Role.CANDIDATE}
    return roles - TOLD_TOGETHER if phase is Phase.DECIDED and thing in EMBARGOED else roles
