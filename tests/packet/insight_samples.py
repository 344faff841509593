"""A cycle's report of figures: 120 decided cases of two functions, one of them promoted less often."""

from review.domain.insight.compose import compose_sheet
from review.domain.insight.facts import CaseFact, Facts
from review.domain.insight.sheet import InsightSheet, spell

LONG = "Customer Success, Partnerships and Professional Services of the region"


def insight_sheet() -> InsightSheet:
    """Return the report, said in English."""
    groups = ["Product"] * 80 + [LONG] * 40
    promoted = {*range(48), *range(80, 92)}
    cases = tuple(
        CaseFact(
            number,
            "promotion",
            "A",
            group,
            "IC2",
            "Individual contributor",
            "3",
            1,
            "promoted" if number in promoted else "not_yet",
            was_sealed=True,
        )
        for number, group in enumerate(groups)
    )
    facts = Facts(least=5, cases=cases)
    return spell(compose_sheet(facts, "function", cycle="Autumn 2026", company="Lindqvist", reader="Hanna Ruiz"), str)
