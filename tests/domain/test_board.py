"""Whose turn it is in a case: by where it stands, who is in it, and how many answers are in."""

from __future__ import annotations

from review.domain.board import CaseParts, Party, find_turns
from tests.domain.test_worklist import IC, READY

TOKENS = {"main": "collecting", **READY, "rating": "with_feedback", "feedback": "asking"}


def parts(manager: str, *, heard: int, awaited: int = 0, main: str = "collecting") -> CaseParts:
    return CaseParts({**TOKENS, "main": main}, {"manager": (Party(1, manager),)}, heard, awaited)


def test_cases_that_stand_alike_are_told_apart() -> None:
    found = [
        [(each.role, [who.name for who in each.people]) for each in find_turns(IC, case)]
        for case in (
            parts("Ada", heard=3),
            parts("Ben", heard=3),
            parts("Ben", heard=2, awaited=1),
            parts("Cem", heard=3, awaited=2),
            parts("Cem", heard=3, main="withdrawn"),
        )
    ]
    assert found == [
        [("manager", ["Ada"])],
        [("manager", ["Ben"])],
        [("giver", [])],
        [("manager", ["Cem"]), ("giver", [])],
        [],
    ]
