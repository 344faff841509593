"""Comparing two lists part by part, with an end to what it may cost: lists made to be slow hold nobody up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

Step = tuple[str, int, int, int, int]
MOST_STEPS = 30_000_000
"""What comparing may cost, as count_steps() counts: two seconds for texts made to be slow.

Two unrelated texts of 50,000 characters, in paragraphs, take 0.2 s; the same text with changes takes less.
"""


def count_steps(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how long the matcher may take: it looks at all pairs of equal parts again for each run that it finds."""
    counts = Counter(new)
    pairs = sum(counts[part] for part in old)
    return (len(old) + pairs) * min(len(old), len(new))


def match_parts(old: Sequence[str], new: Sequence[str], most: int = MOST_STEPS) -> Sequence[Step]:
    """Return the way from one list to the other as difflib names it: what, from where to where in both.

    What would cost more than `most` steps is told as one replacement, between what both begin and end with.
    """
    # The matcher's guess at junk is off: in a long text it takes frequent words for junk, and calls most of it new.
    if count_steps(old, new) <= most:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    begin = _count_same(zip(old, new, strict=False))
    end = _count_same(zip(reversed(old[begin:]), reversed(new[begin:]), strict=False))
    steps = [
        ("equal", 0, begin, 0, begin),
        ("replace", begin, len(old) - end, begin, len(new) - end),
        ("equal", len(old) - end, len(old), len(new) - end, len(new)),
    ]
    return [step for step in steps if step[2] > step[1] or step[4] > step[3]]


def _count_same(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
