"""What committees are called where one is named by writing: by name, and by number too where two have the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

MANY = 30
"""Of more committees than these one is written by its label, not chosen from a list, and they come page by page."""


def label_committees(names: Mapping[int, str]) -> dict[int, str]:
    """Return a label for each committee that no other has."""
    counted = Counter(name.casefold() for name in names.values())
    return {
        number: name if counted[name.casefold()] == 1 else f"{name} ({abs(number)})" for number, name in names.items()
    }


def find_labelled(labels: Mapping[int, str], words: str) -> int | None:
    """Return the committee that is written so, None where there is none; small and capital letters are alike."""
    wanted = words.casefold()
    return next((number for number, label in labels.items() if label.casefold() == wanted), None)
