"""The words of the cells of a people file: cleaned, and looked through for what no name has."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from review.domain.table import Cell

_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_JOINERS = "\u200c\u200d"
_GUARDED = re.compile(r"'[=+\-@|＝＋－＠]")
_PLAIN = re.compile(r"(?:[!-&(-~][!-~]*(?: [!-~]+)*)?")
"""Words of ASCII with one space between them, which clean_cell() leaves as they are: an apostrophe may be a guard."""


def clean_cell(cell: Cell) -> str:
    """Give the words of a cell: NFC, spaces of all kinds as one space, none at the ends, nothing invisible."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str) and _PLAIN.fullmatch(cell):  # nearly all, told at a glance
        return cell
    words = unicodedata.normalize("NFC", _INVISIBLE.sub("", str(cell)))
    words = " ".join(words.split()).strip(_JOINERS).strip()
    return words[1:] if _GUARDED.match(words) else words


def find_bad_character(words: str) -> str | None:
    """Give the code of a control character or lone surrogate in the words, which no name has."""
    if words.isprintable():
        return None
    bad = next((char for char in words if unicodedata.category(char) in {"Cc", "Cs"} or char in "\ufffe\uffff"), None)
    return None if bad is None else f"U+{ord(bad):04X}"
