"""Whole numbers as people and browsers send them: none is larger than a row can hold."""

from __future__ import annotations

MOST = 2**31 - 1
"""The largest id or count that both databases hold in an integer column."""


def whole_number(given: str | int) -> int:
    """Return what was sent as a number.

    Raises ValueError where it is none, or larger than any row can hold.
    """
    number = int(given)
    if abs(number) > MOST:
        raise ValueError(f"a number up to {MOST}")
    return number


def find_number(given: object) -> int | None:
    """Return what was sent as a number from 0 on, or None where it is none."""
    words = str(given)
    return int(words) if words.isdecimal() and len(words) <= len(str(MOST)) and int(words) <= MOST else None
