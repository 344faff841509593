"""The whole report of a cycle from its facts."""

from __future__ import annotations

from review.domain.insight.agreement import tell_agreement
from review.domain.insight.facts import Facts
from review.domain.insight.fairness import tell_fairness
from review.domain.insight.feedback import tell_feedback
from review.domain.insight.movement import tell_movement
from review.domain.insight.past import tell_past
from review.domain.insight.rates import tell_rates
from review.domain.insight.severity import tell_severity
from review.domain.insight.sheet import InsightSheet, Words
from review.domain.insight.times import tell_times


def compose_sheet(facts: Facts, by: Words, *, cycle: str, company: str, reader: str) -> InsightSheet:
    """Return every section, those that look at the committee first; `by` names the attribute that groups go by."""
    sections = (
        tell_agreement(facts),
        tell_movement(facts),
        tell_severity(facts),
        tell_fairness(facts, by),
        tell_rates(facts),
        tell_past(facts),
        tell_feedback(facts),
        tell_times(facts),
    )
    return InsightSheet(cycle, company, reader, sections)
