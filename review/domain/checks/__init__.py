"""Named checks, the facts they judge, and the other words that a workflow may use."""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.checks import building, deciding
from review.domain.checks.facts import CaseFacts, FeedbackFact, ItemFacts
from review.domain.checks.registry import Check, Place, Situation, Verdict, by_name
from review.domain.checks.vocabulary import DECIDED_OUTCOMES, EFFECTS, FORMS, MAILS, OUTCOMES, ROLES, SYSTEM

CHECKS: Mapping[str, Check] = by_name(building.CHECKS, deciding.CHECKS)

__all__ = [
    "CHECKS",
    "DECIDED_OUTCOMES",
    "EFFECTS",
    "FORMS",
    "MAILS",
    "OUTCOMES",
    "ROLES",
    "SYSTEM",
    "CaseFacts",
    "Check",
    "FeedbackFact",
    "ItemFacts",
    "Place",
    "Situation",
    "Verdict",
    "judge",
    "make_ready",
]


def judge(name: str, facts: CaseFacts, item: ItemFacts | None = None, **params: object) -> Verdict:
    """Return what one check says of the facts; raise KeyError for an unknown check."""
    each = CHECKS[name]
    situation = Situation(facts, facts.tokens, item=item or ItemFacts())
    return each.judge(situation, each.params.model_validate(params))


def make_ready() -> None:
    """Make what reads the parameters of checks; else each process makes it for itself when it judges its first case."""
    for check in CHECKS.values():
        check.params.model_rebuild()
