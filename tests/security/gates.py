"""What a gate says: how much it looked at, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One gate's result; a gate that looked at nothing has not passed, whatever it found."""

    gate: str
    audited: int
    unit: str
    findings: tuple[str, ...] = ()

    @property
    def is_passed(self) -> bool:
        """Tell whether something was looked at and nothing was wrong with it."""
        return self.audited > 0 and not self.findings

    def told(self) -> str:
        """Return the outcome as lines to print."""
        word = "passed" if self.is_passed else "FAILED"
        nothing = "" if self.audited else ": nothing was looked at"
        head = f"{self.gate:14} {word}  {self.audited} {self.unit}, {len(self.findings)} findings{nothing}"
        return "\n".join([head, *(f"    {finding}" for finding in self.findings)])


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 0 when every gate passed and there was at least one."""
    return 0 if outcomes and all(outcome.is_passed for outcome in outcomes) else 1
