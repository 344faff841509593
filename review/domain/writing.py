"""What people write, made fit for paper: clean characters, breakable words, bounded sizes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from review.domain.errors import Fault
from review.domain.text import text

WORD_LIMIT = 32
BREAK = "\u200b"
_UNPRINTABLE = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufdd0-\\ufdef\\ufeff\\ufff9-\\ufffb]"
)
_SURROGATE = re.compile("[\\ud800-\\udfff]")
STRETCH = 8
"""After how many places to break layout has to be given a new piece of text; see `part_stretches`."""
_LONG_WORD = re.compile(rf"[^ \n{BREAK}]{{{WORD_LIMIT + 1},}}")
_STRETCH = re.compile(rf"((?:[^ \n{BREAK}]+{BREAK}){{{STRETCH}}})")
_WIDTHLESS = re.compile(r"[^\w\s\x00-\x7f]{9,}")
MOST_WIDTHLESS = 8
"""Signs without a width in a row, such as marks on a letter or joiners: no script and no emoji needs more."""
_WORD = re.compile(r"\w+(?:['’\-]\w+)*")


def clean(words: str) -> str:
    """Return the text in NFC with one kind of line end, without control, zero-width and direction-changing signs.

    The joiners U+200C and U+200D stay: Persian, Indic scripts and emoji need them. Soft hyphens go: layout would try
    each of them at the end of each line. Of signs without a width the first eight in a row stay: a line of them never
    ends. Half of a surrogate pair becomes the replacement character.
    """
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    tidy = unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", _UNPRINTABLE.sub("", lines)))
    return _WIDTHLESS.sub(_cut_widthless, tidy)


def _cut_widthless(signs: re.Match[str]) -> str:
    kept, in_row = [], 0
    for sign in signs.group():
        in_row = in_row + 1 if unicodedata.category(sign) in ("Mn", "Me", "Cf") else 0
        if in_row <= MOST_WIDTHLESS:
            kept.append(sign)
    return "".join(kept)


def clean_line(words: str) -> str:
    """Return the text as one clean line: a name or a title, which may not begin a new line or a new header."""
    return " ".join(clean(words).split())


def cut_line(words: str, most: int) -> str:
    """Return the text as one clean line that is no wider than so many Latin letters; wide signs count twice."""
    line = clean_line(words)
    if len(line) <= most and (line.isascii() or _width(line) <= most):
        return line
    kept, room = "", most - 1
    for sign in line:
        room -= _width(sign)
        if room < 0:
            break
        kept += sign
    return f"{kept}…"


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1 for sign in words)


def break_long_words(words: str) -> str:
    """Put a place to break after every 32 signs of a word that is longer: no layout engine has to look for one."""

    def broken(match: re.Match[str]) -> str:
        word = match.group()
        return BREAK.join(word[start : start + WORD_LIMIT] for start in range(0, len(word), WORD_LIMIT))

    return _LONG_WORD.sub(broken, words)


def part_stretches(words: str, mark: str) -> str:
    """Put a mark after every 256 signs of a stretch without a space, given as `break_long_words` returns it.

    For each line layout looks at all that follows up to the next space: a mark that ends the piece of text (an element
    in HTML, a space in a title) keeps that short.
    """
    return _STRETCH.sub(rf"\1{mark}", words)


def count_words(words: str) -> int:
    """Count words as a reader would: one for each run of letters and digits, hyphens and apostrophes inside."""
    return sum(1 for _ in _WORD.finditer(words))


def faults_of_size(texts: Iterable[tuple[str, str]], *, each: int, together: int) -> tuple[Fault, ...]:
    """Say which texts, given as (field, text), are longer than `each`, and whether all exceed `together` signs."""
    faults = []
    total = 0
    for field, words in texts:
        total += len(words)
        if len(words) > each:
            what = text("This text has %(have)s characters; a packet takes up to %(most)s", have=len(words), most=each)
            faults.append(Fault(what, field=field))
    if total > together:
        what = text("All texts have %(have)s characters; a packet takes up to %(most)s", have=total, most=together)
        faults.append(Fault(what))
    return tuple(faults)
