"""The phases that access rules are keyed to; each workflow state belongs to one."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """How far a case has come, in order."""

    DRAFT = "draft"
    COLLECTING = "collecting"
    SEALED = "sealed"
    VOTING = "voting"
    REVEALED = "revealed"
    DECIDED = "decided"
    ANNOUNCED = "announced"
    CLOSED = "closed"

    @property
    def rank(self) -> int:
        """Return the place in the order, from 0."""
        return _RANKS[self]


_RANKS = {phase: place for place, phase in enumerate(Phase)}
