"""Who is named in what somebody wrote: whole names, in any script, capitals and accents apart."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from review.domain.writing import clean

_WORD = re.compile(r"[^\W_]+")
_PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
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
    folded = [(label, fold(text)) for label, text in texts]
    heard = {word for _, words in folded for word in words}
    spaced, unspaced = _sort_out(names, heard)
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for label, words in folded:
        for place, word in enumerate(words):
            for name_words, person in spaced.get(word, ()):
                if words[place : place + len(name_words)] == name_words:
                    found[person][label] = None
        for whole, person in unspaced:
            if whole in " ".join(words):
                found[person][label] = None
    return {person: tuple(labels) for person, labels in found.items()}


def _sort_out(
    names: Mapping[int, str], heard: Collection[str]
) -> tuple[dict[str, list[tuple[tuple[str, ...], int]]], list[tuple[str, int]]]:
    """Return the names that could be in a text of these words: by their first word, and those written in one piece.

    All others, in a large company nearly all, are left after a look at their beginning.
    """
    spaced: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
    unspaced: list[tuple[str, int]] = []
    signs = {sign for sign in set().union(*heard) if _is_unspaced(sign)}
    for person, words in zip(names, fold_all(names.values()), strict=True):
        if not words:
            continue
        if words[0] in heard and len(words) > 1:
            spaced[words[0]].append((words, person))
        if words[0][0] in signs and len(whole := "".join(words)) > 1 and _is_unspaced(whole):
            unspaced.append((whole, person))
    return spaced, unspaced


@lru_cache(maxsize=2_000)
def fold(text: str) -> tuple[str, ...]:
    """Return the words of a text in small letters, without accents and without signs that cannot be seen."""
    return tuple(_WORD.findall(text.casefold() if text.isascii() else _make_plain(text)))


def fold_all(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Fold many short texts as fold() does each: what is beyond ASCII all in one piece, which takes a tenth of it."""
    every = list(lines)
    beyond = "\n".join(line.replace("\n", " ").replace("\r", " ") for line in every if not line.isascii())
    plain = iter(_make_plain(beyond).split("\n"))
    return (tuple(_WORD.findall(line.casefold() if line.isascii() else next(plain))) for line in every)


def _make_plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", clean(text).casefold())
    unseen = "".join(re.escape(sign) for sign in set(apart) if unicodedata.category(sign) in ("Mn", "Cf"))
    plain = unicodedata.normalize("NFC", re.sub(f"[{unseen}]", "", apart) if unseen else apart)
    for letter, usual in _PLAIN.items():  # as often as there are letters here, not signs in the text
        plain = plain.replace(letter, usual)
    return plain


def _is_unspaced(whole: str) -> bool:
    return all(unicodedata.name(sign, "").startswith(_UNSPACED) for sign in whole)
