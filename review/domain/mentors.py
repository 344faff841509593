"""Mentors: whose level is one or two grades up, who stands too near for it, and the reason in words."""

from __future__ import annotations

from collections.abc import Collection

from review.domain.access import Parties
from review.domain.conflicts import ConflictKind
from review.domain.ladder import Ladder
from review.domain.text import Text, text

GRADES_UP = (1, 2)
OPEN_KINDS = frozenset({ConflictKind.SELF, ConflictKind.CHAIN, ConflictKind.FORMER_MANAGER_NOW})
"""Conflicts that candidate and manager know of anyway. To leave somebody out for another kind would tell of it: who
wrote feedback, who rated a second time, what somebody has declared."""


def find_mentor_levels(ladder: Ladder, level_id: str | None) -> dict[str, int]:
    """Return the levels one or two grades above a level, each with how many; none where the ladder has no grades."""
    own = next((level.grade for level in ladder.levels if level.id == level_id), None)
    if own is None:
        return {}
    return {
        level.id: level.grade - own
        for level in ladder.levels
        if level.grade is not None and level.grade - own in GRADES_UP
    }


def is_too_near(parties: Parties, kinds: Collection[ConflictKind], person_id: int) -> bool:
    """Tell whether somebody is the candidate, in their line of reports, or was their manager during the case.

    Args:
        kinds: the person's conflicts in the case.
    """
    line = {parties.candidate_id, parties.manager_id} | parties.skip_level_ids | parties.former_manager_ids
    return person_id in line or not OPEN_KINDS.isdisjoint(kinds)


def mentor_reason(title: str, function: str, grades_up: int) -> Text:
    """Say why somebody is suggested: what they are, how far above, and where they work."""
    if grades_up == 1:
        return text("%(title)s, one grade up, %(function)s function", title=title, function=function)
    return text("%(title)s, two grades up, %(function)s function", title=title, function=function)
