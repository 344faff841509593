"""What a token of the API may be let do; what its owner may not, it may not either."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from review.domain.text import Text, text


class Scope(StrEnum):
    """One thing that a token may be let do."""

    READ_TODO = "read:todo"
    READ_PEOPLE = "read:people"
    READ_CYCLES = "read:cycles"
    READ_CASES = "read:cases"
    READ_DECISIONS = "read:decisions"
    WRITE_PEOPLE = "write:people"
    WRITE_NUDGES = "write:nudges"
    WRITE_NOMINATIONS = "write:nominations"


SCOPE_WORDS: Mapping[str, Text] = {
    Scope.READ_TODO: text("Read what waits for you"),
    Scope.READ_PEOPLE: text("Read the directory"),
    Scope.READ_CYCLES: text("Read cycles and their committees"),
    Scope.READ_CASES: text("Read where cases stand"),
    Scope.READ_DECISIONS: text("Read decisions once they are announced"),
    Scope.WRITE_PEOPLE: text("Take people in from a file"),
    Scope.WRITE_NUDGES: text("Remind givers who are late"),
    Scope.WRITE_NOMINATIONS: text("Nominate for a cycle"),
}
LONGEST_NAME = 80
MOST_DAYS = 366
CALLS_A_MINUTE = 300
"""How many requests a token may make in a minute, in all web processes together, unless the installation says else."""
