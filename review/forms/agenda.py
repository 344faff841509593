"""What is sent in from the agenda: cases by number, and those confirmed together with outcome and reasons."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from review.domain.numbers import find_number
from review.forms.base import clean_text
from review.services.consent import Confirmed


def read_confirmed(given: MultiDict[str, str]) -> dict[int, Confirmed]:
    """Return what was confirmed: fields case (several), outcome-<case> and reason-<case>."""
    return {
        case_id: Confirmed(given.get(f"outcome-{case_id}", ""), clean_text(given.get(f"reason-{case_id}")))
        for case_id in (_number(sent) for sent in given.getlist("case"))
        if case_id is not None
    }


def read_number(given: MultiDict[str, str], name: str) -> int | None:
    """Return a number that was sent; None for none and for nonsense."""
    return _number(given.get(name, ""))


def _number(sent: str) -> int | None:
    return find_number(sent)
