"""What a chair sends in from the agenda: the cases confirmed together, each with its outcome and its reasons."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from review.forms.base import clean_text
from review.services.consent import Confirmed


def read_confirmed(given: MultiDict[str, str]) -> dict[int, Confirmed]:
    """Return what was confirmed: fields case (several), outcome-<case> and reason-<case>."""
    return {
        case_id: Confirmed(given.get(f"outcome-{case_id}", ""), clean_text(given.get(f"reason-{case_id}")))
        for case_id in given.getlist("case", type=int)
    }
