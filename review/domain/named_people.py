"""Who is named in what somebody wrote: whole names, in any script, capitals and accents apart."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from review.domain.writing import clean

_WORD = re.compile(r"[^\W_]+")
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that Unicode does not take apart, as people write them without their keyboard."""
_UNSPACED = ("CJK ", "HIRAGANA ", "KATAKANA ", "HANGUL ")
"""Scripts in which nothing need stand between a name and the next word."""


def find_named(names: Mapping[int, str], texts: Iterable[tuple[str, str]]) -> dict[int, tuple[str, ...]]:
    """Return who is named where: number of a person -> labels of the texts with their whole name, in order.

    One word alone is no whole name where words are set apart: "Will" and "Rose" would be found everywhere. Two people
    of one name are both found.

    Args:
        names: number of a person -> name.
        texts: (label, text); several of one label count as one.
    """
    spaced: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
    unspaced: list[tuple[str, int]] = []
    for person, name in names.items():
        words = fold(name)
        if len(words) > 1:
            spaced[words[0]].append((words, person))
        if (whole := "".join(words)) and len(whole) > 1 and _is_unspaced(whole):
            unspaced.append((whole, person))
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for label, text in texts:
        words = fold(text)
        for place, word in enumerate(words):
            for name_words, person in spaced.get(word, ()):
                if words[place : place + len(name_words)] == name_words:
                    found[person][label] = None
        for whole, person in unspaced:
            if whole in " ".join(words):
                found[person][label] = None
    return {person: tuple(labels) for person, labels in found.items()}


@lru_cache(maxsize=20_000)
def fold(text: str) -> tuple[str, ...]:
    """Return the words of a text in small letters, without accents and without signs that cannot be seen."""
    if text.isascii():
        return tuple(_WORD.findall(text.casefold()))
    apart = unicodedata.normalize("NFKD", clean(text).casefold())
    plain = "".join(sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Cf"))
    return tuple(_WORD.findall(unicodedata.normalize("NFC", plain).translate(_PLAIN)))


def _is_unspaced(whole: str) -> bool:
    return all(unicodedata.name(sign, "").startswith(_UNSPACED) for sign in whole)
