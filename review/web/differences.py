"""Two versions of a text, word by word: what both have, what one of them alone has."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Pieces = list[tuple[str, str]]
MOST_WORDS = 2_000
"""Longer texts are compared line by line: comparing words takes time that grows with the square of their number."""


def mark_additions(base: str, other: str) -> Pieces:
    """Return `other` in pieces; what `base` lacks is marked "ins"."""
    return [(kind, piece) for kind, piece in mark_changes(base, other) if kind != "del"]


def mark_changes(base: str, other: str) -> Pieces:
    """Return the way from `base` to `other` in pieces: "" both, "del" only base, "ins" only other."""
    old, new = _split(base, other)
    pieces: Pieces = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("", "".join(old[i1:i2])))
            continue
        if i1 < i2:
            pieces.append(("del", "".join(old[i1:i2])))
        if j1 < j2:
            pieces.append(("ins", "".join(new[j1:j2])))
    return pieces


def _split(base: str, other: str) -> tuple[list[str], list[str]]:
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (base, other))
    if max(len(old), len(new)) <= MOST_WORDS:
        return old, new
    return base.splitlines(keepends=True)[:MOST_WORDS], other.splitlines(keepends=True)[:MOST_WORDS]
