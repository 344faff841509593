"""A made-up decision for each outcome, so that the letter's words can be read as a candidate will read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from review.domain.letter import EarlierGap, LetterChange, LetterGap, LetterRecord
from review.domain.text import plural, text

OUTCOMES = {
    "not_yet": text("Not yet"),
    "appealed": text("Not yet, after an appeal"),
    "promote": text("Promoted"),
    "defer": text("Deferred"),
}
CRITERION, OTHER = "Care for the craft", "Work with others"
_WHOLE = LetterRecord(
    candidate="Ines Okafor",
    target="Master baker",
    cycle="Autumn 2026",
    outcome="not_yet",
    decided_on=date(2026, 11, 16),
    committee="Committee A",
    effective_on=date(2027, 1, 1),
    asked=((CRITERION, "Bakes what others learn from."), (OTHER, "Plans a morning with every shift.")),
    reasons="The new oven went into use without a day lost, and two apprentices now run it (E1).",
    changed=(LetterChange(OTHER, 4, 3, None, "Plans a morning with every shift."),),
    earlier=(EarlierGap(CRITERION, "A recipe of one's own", is_met=True),),
    gaps=(
        LetterGap(
            OTHER,
            "Plans a morning with every shift.",
            "One morning, with one shift",
            "The same with the other shifts",
            date(2027, 6, 30),
            "Plan the summer mornings",
        ),
    ),
    appeal_within=plural("%(count)s working day", "%(count)s working days", 10),
)


def make_record(outcome: str) -> LetterRecord:
    """Return a made-up record: a "not yet" has every part of the letter; raise KeyError for no outcome."""
    return {
        "not_yet": _WHOLE,
        "appealed": replace(_WHOLE, appeal_within=None, is_appeal_used=True),
        "promote": replace(_WHOLE, outcome="promote", changed=(), gaps=(), appeal_within=None),
        "defer": replace(_WHOLE, outcome="defer", changed=(), earlier=(), gaps=(), appeal_within=None),
    }[outcome]
