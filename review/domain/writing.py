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
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufdd0-\\ufdef\\ufeff\\ufff9-\\ufffb]"
)
_SURROGATE = re.compile("[\\ud800-\\udfff]")
_LONG_WORD = re.compile(rf"[^\s{BREAK}]{{{WORD_LIMIT + 1},}}")
_WORD = re.compile(r"\w+(?:['’\-]\w+)*")


def clean(words: str) -> str:
    """Return the text in NFC with one kind of line end, without control, zero-width and direction-changing signs.

    The joiners U+200C and U+200D stay: Persian, Indic scripts and emoji need them. Half of a surrogate pair becomes
    the replacement character.
    """
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", _UNPRINTABLE.sub("", lines)))


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
