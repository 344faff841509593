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
    gone = come = ""
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        before, after = "".join(old[i1:i2]), "".join(new[j1:j2])
        is_gap = kind == "equal" and before.isspace() and bool(gone or come)
        if kind != "equal" or is_gap:  # a lone space between two changes is part of one change
            gone, come = gone + before, come + after
            continue
        pieces += [*_changed(gone, come), ("", before)]
        gone = come = ""
    return pieces + _changed(gone, come)


def _changed(gone: str, come: str) -> Pieces:
    return [(kind, piece) for kind, piece in (("del", gone), ("ins", come)) if piece]


def _split(base: str, other: str) -> tuple[list[str], list[str]]:
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (base, other))
    if max(len(old), len(new)) <= MOST_WORDS:
        return old, new
    return _lines(base), _lines(other)


def _lines(text: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    rest = "".join(lines[MOST_WORDS:])
    return [*lines[:MOST_WORDS], *([rest] if rest else [])]
