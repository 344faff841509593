"""How fast the workflow engine decides and checks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

from review.domain.checks import CaseFacts, FeedbackFact
from review.domain.workflow import Definition, Step, decide
from review.domain.workflow_file import Workflow, parse_workflow

FOLDER = Path(__file__).resolve().parents[1] / "workflows"
ROUNDS, DECISIONS = 7, 2_000

COLLECTED = {
    "main": "collecting",
    "packet": "submitted",
    "feedback": "enough",
    "rating": "rated",
    "second_rating": "done",
    "panel": "scored",
}
FACTS = CaseFacts(
    tokens=COLLECTED,
    feedback=tuple(
        FeedbackFact(kind, function)
        for kind in ("peer", "upward")
        for function in ("Engineering", "Design", "Data", "Sales")
    ),
    required_functions=("Engineering", "Design", "Data"),
)


def measure_decide() -> float:
    """Return the microseconds of one decision: sealing a people manager's case, all eight conditions judged.

    The median of several rounds, half of the decisions allowed and half refused.
    """
    definition = _load("management")
    refused = replace(FACTS, feedback=FACTS.feedback[:2])
    rounds = [_time_decisions(definition, FACTS, refused) for _ in range(ROUNDS)]
    return median(rounds) * 1e6


def measure_check() -> float:
    """Return the seconds it takes to read and lint both shipped workflows; the median of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = perf_counter()
        _load("ic")
        _load("management")
        rounds.append(perf_counter() - began)
    return median(rounds)


def _time_decisions(definition: Definition, allowed: CaseFacts, refused: CaseFacts) -> float:
    roles = frozenset({"hr"})
    if not isinstance(decide(definition, COLLECTED, "seal", roles, allowed), Step):
        raise AssertionError("the case that is measured must be one that can be sealed")
    began = perf_counter()
    for _ in range(DECISIONS // 2):
        decide(definition, COLLECTED, "seal", roles, allowed)
        decide(definition, COLLECTED, "seal", roles, refused)
    return (perf_counter() - began) / DECISIONS


def _load(key: str) -> Definition:
    def find(name: str) -> str | None:
        path = FOLDER / name
        return path.read_text(encoding="utf-8") if path.exists() else None

    file = f"{key}.yaml"
    parsed = parse_workflow((FOLDER / file).read_text(encoding="utf-8"), file, find)
    if isinstance(parsed, Workflow):
        return parsed.definition
    raise ValueError(f"{file} has faults: {parsed[0]}")
