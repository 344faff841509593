"""What the tests of the demo cases share: the content, who stands above whom, and what each state asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from review.demo.company import Committee
from review.demo.content import Case, Milestone, load_content
from review.demo.script import RatingLine
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder

ROOT = Path(__file__).resolve().parents[2]
CONTENT = load_content()
CASES = pytest.mark.parametrize("case", CONTENT.cases, ids=lambda case: case.key)

BEFORE_SEAL = {"nominated", "collecting", "ineligible", "withdrawn"}
DECIDED = {
    "signoff": "promote",
    "decided": "promote",
    "promoted": "promote",
    "not_yet": "not_yet",
    "appeal": "not_yet",
    "growth_plan": "not_yet",
    "closed_not_yet": "not_yet",
    "deferred": "defer",
}
ANNOUNCED = {"promoted", "not_yet", "appeal", "growth_plan", "closed_not_yet", "deferred"}
M = Milestone
NEEDED: Mapping[str, set[Milestone]] = {
    "nominated": set(),
    "ineligible": {M.REJECTED},
    "withdrawn": {M.CONFIRMED, M.WITHDRAWN},
    "reading": {M.SEALED},
    "voting": {M.SEALED, M.VOTING},
    "discussion": {M.SEALED, M.VOTING, M.REVEALED},
    "signoff": {M.SEALED, M.VOTING, M.REVEALED, M.DECIDED},
    "decided": {M.SEALED, M.VOTING, M.REVEALED, M.DECIDED},
    "promoted": {M.SEALED, M.DECIDED, M.ANNOUNCED},
    "deferred": {M.SEALED, M.DECIDED, M.ANNOUNCED},
    "not_yet": {M.SEALED, M.DECIDED, M.ANNOUNCED},
    "appeal": {M.SEALED, M.DECIDED, M.ANNOUNCED, M.APPEALED},
    "growth_plan": {M.SEALED, M.DECIDED, M.ANNOUNCED, M.ACCEPTED},
    "closed_not_yet": {M.SEALED, M.DECIDED, M.ANNOUNCED, M.ACCEPTED, M.AGREED},
}
ONE_AFTER_ANOTHER = [
    M.NOMINATED,
    M.CONFIRMED,
    M.ASKED,
    M.FEEDBACK,
    M.RATED,
    M.SEALED,
    M.VOTING,
    M.REVEALED,
    M.REVEALED_AGAIN,
    M.DECIDED,
    M.SIGNED_OFF,
    M.ANNOUNCED,
    M.ACCEPTED,
    M.AGREED,
]


def read_ladder() -> Ladder:
    """Read the shipped ladder for product managers."""
    path = ROOT / "workflows/ladders/product-management.yaml"
    found = parse_ladder(path.read_text(encoding="utf-8"), file=path.name)
    assert isinstance(found, Ladder)
    return found


def committee_of(case: Case) -> Committee:
    assert case.committee is not None
    return CONTENT.committee(case.committee)


def manager_of(case: Case) -> str:
    """Return the manager when the case began."""
    manager = CONTENT.person(case.candidate).manager
    assert manager is not None
    return manager


def managers_above(person: str | None) -> set[str]:
    above: set[str] = set()
    while person is not None and (person := CONTENT.person(person).manager) is not None:
        above.add(person)
    return above


def is_management(case: Case) -> bool:
    return case.to_level in {"group-pm", "director-pm", "vp-product", "cpo"}


def is_sealed(case: Case) -> bool:
    return case.target.state not in BEFORE_SEAL


def answered(case: Case, kind: str | None = None) -> list[str]:
    return [g.person for g in case.givers if g.state == "submitted" and kind in (None, g.kind)]


def lines_with_words(case: Case) -> list[tuple[str, RatingLine]]:
    rounds = [(f"first {rating.by}", rating.lines) for rating in case.first_views]
    rounds += [("final", case.final.lines)] if case.final else []
    rounds += [("second", case.second.lines)] if case.second else []
    return [(f"{name} {criterion}", line) for name, lines in rounds for criterion, line in lines.items()]
