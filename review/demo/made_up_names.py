"""Names for a company of any size, made of syllables by a rule: nobody is called like this, and a seed repeats them."""

from __future__ import annotations

from random import Random

ONSETS = ("b", "br", "d", "dr", "f", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "r", "s", "st", "t", "v", "z")
VOWELS = ("a", "e", "i", "o", "u", "ai", "ei", "ø", "å")
FIRST_ENDS = ("n", "l", "ra", "na", "lo", "mi", "ric", "dan", "vi", "sa")
LAST_ENDS = ("berg", "dahl", "mond", "ossi", "ervin", "ander", "ovic", "well", "ura", "inez")
ASCII = str.maketrans({"ø": "o", "å": "a"})


def make_name(lots: Random) -> tuple[str, str]:
    """Make up a first and a last name."""
    first = _syllable(lots) + _syllable(lots) + lots.choice(FIRST_ENDS)
    last = _syllable(lots) + _syllable(lots) + lots.choice(LAST_ENDS)
    return first.capitalize(), last.capitalize()


def make_address(first: str, last: str, number: int, domain: str) -> str:
    """Return an e-mail address that nobody else has: the number tells two of the same name apart."""
    return f"{first}.{last}.{number}".lower().translate(ASCII) + f"@{domain}"


def _syllable(lots: Random) -> str:
    return lots.choice(ONSETS) + lots.choice(VOWELS)
