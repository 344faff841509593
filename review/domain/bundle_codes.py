"""What the codes in a bundle's fields say, field by field."""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.letter import GROUNDS
from review.domain.text import Text, text

CODE_WORDS: Mapping[str, Mapping[str, Text]] = {
    "round": {"first": text("First view"), "final": text("Final rating"), "second": text("Second rating")},
    "state": {
        "proposed": text("Proposed"),
        "asked": text("Asked"),
        "writing": text("Begun"),
        "submitted": text("Handed in"),
        "frozen": text("Handed in, and in the packet"),
        "declined": text("Declined"),
        "rejected": text("Not asked"),
        "expired": text("Not answered in time"),
        "cancelled": text("No longer asked"),
        "gathering": text("Is gathered"),
        "review": text("With HR"),
        "releasing": text("Is handed out"),
        "released": text("Handed out"),
        "removed": text("Removed"),
    },
    "decline_kind": {
        "no_time": text("No time"),
        "unfamiliar": text("Does not know the work well enough"),
        "conflict": text("Has a conflict"),
    },
    "ground": GROUNDS,
    "result": {"granted": text("Granted"), "dismissed": text("Dismissed")},
    "ruling": {"in": text("In"), "out": text("Out")},
    "role": {
        "chair": text("Chair"),
        "deputy": text("Deputy"),
        "member": text("Member"),
        "hr": text("HR"),
        "executive": text("Executive"),
        "appeals": text("Appeals panel"),
        "auditor": text("Auditor"),
        "it_admin": text("IT admin"),
    },
    "cannot_judge": {"yes": text("Yes")},
}
"""A field's codes; a value that is no code of its field is words and stays."""
