"""Two versions of a text, word by word: what both have, what one of them alone has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import zip_longest

from review.domain.matching import MOST_STEPS, count_steps, match_parts

Pieces = list[tuple[str, str]]
Parts = list[tuple[str, str]]
REMEMBERED = 512
"""How many pairs of levels a process remembers: a ladder has few, and every page of a case shows them."""
SENTENCE = re.compile(r"(?<=[.!?]\s)(?=\S)|(?<=\n)")


def mark_additions(base: str, other: str) -> Pieces:
    """Return `other` in pieces; what `base` lacks is marked "ins"."""
    return [(kind, piece) for kind, piece in mark_changes(base, other) if kind != "del"]


@lru_cache(REMEMBERED)
def mark_target(start: str | None, target: str) -> tuple[tuple[str, str], ...]:
    """Return what a target level asks, with what it adds to the level now, if there is one, marked."""
    return (("", target),) if start is None else tuple(mark_additions(start, target))


def mark_changes(base: str, other: str) -> Pieces:
    """Return the way from `base` to `other` in pieces: "" both, "del" only base, "ins" only other."""
    pieces: Pieces = []
    same = gone = come = ""
    for before, after in _compare(base, other):
        if before == after:
            pieces += _named(("del", gone), ("ins", come))
            same, gone, come = same + before, "", ""
        else:
            pieces += _named(("", same))
            same, gone, come = "", gone + before, come + after
    return pieces + _named(("", same), ("del", gone), ("ins", come))


def mark_lines(old: str, new: str) -> Pieces:
    """Return what changed in a cell: line by line, and word by word within the lines that differ.

    All lines share one allowance; what would go beyond it is left whole.
    """
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    pieces: Pieces = []
    left = MOST_STEPS
    for kind, i1, i2, j1, j2 in match_parts(before, after):
        if kind == "equal":
            pieces.append(("", "".join(before[i1:i2])))
            continue
        for one, other in zip_longest(before[i1:i2], after[j1:j2], fillvalue=""):
            steps = _count_steps(_words(one), _words(other))
            pieces += mark_changes(one, other) if steps <= left else _named(("del", one), ("ins", other))
            left -= min(steps, left)
    return pieces


def _named(*pieces: tuple[str, str]) -> Pieces:
    return [(kind, piece) for kind, piece in pieces if piece]


def _compare(base: str, other: str) -> Iterator[tuple[str, str]]:
    """Yield both texts in pairs of parts, in order: first by sentences, then by words where they differ.

    What would cost too much is left whole: somebody who repeats a word ten thousand times holds nobody else up.
    """
    left = MOST_STEPS
    for before, after in _match(_sentences(base), _sentences(other), left):
        old, new = _words(before), _words(after)
        steps = 0 if before == after else _count_steps(old, new)
        if before == after or steps > left:
            yield before, after
            continue
        left -= steps
        yield from _match(old, new, left + steps)


def _match(old: Parts, new: Parts, most: int) -> Iterator[tuple[str, str]]:
    """Yield old and new parts in pairs: single ones where they match, whole runs where they do not."""
    if _count_steps(old, new) > most:
        yield _join(old), _join(new)
        return
    # The matcher's guess at junk is off: in a long text it takes frequent words for junk, and calls most of it new.
    matcher = SequenceMatcher(None, [part for part, _ in old], [part for part, _ in new], autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            for (part, before), (_, after) in zip(old[i1:i2], new[j1:j2], strict=True):
                yield part, part
                yield before, after
        else:
            yield _join(old[i1:i2]), _join(new[j1:j2])


def _count_steps(old: Parts, new: Parts) -> int:
    return count_steps([part for part, _ in old], [part for part, _ in new])


def _join(parts: Parts) -> str:
    return "".join(part + space for part, space in parts)


def _sentences(text: str) -> Parts:
    return [(sentence, "") for sentence in SENTENCE.split(text)]


def _words(text: str) -> Parts:
    """Return the words, each with the space behind it, which the matcher does not look at."""
    cut = re.split(r"(\s+)", text)
    return list(zip_longest(cut[::2], cut[1::2], fillvalue=""))
