"""Which passwords are refused: short ones, and long ones that are only the commonest words, rows of keys or a name.

At this length nearly all that lists of leaked passwords hold is one of these patterns, or one or two entries of such a
list, lengthened by digits. So one rule takes the patterns out and asks that enough is left over, and another one asks
whether a password is put together of a list (services/password_rules.py) and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from review.domain.errors import Fault
from review.domain.text import text

LEAST_LENGTH = 15
LEAST_LEFT = 8
"""Signs that must be left once the commonest words, rows and names are taken out."""
COMMONEST = [
    "password",
    "passwort",
    "motdepasse",
    "contrasena",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "letmein",
    "welcome",
    "willkommen",
    "iloveyou",
    "monkey",
    "dragon",
    "master",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "batman",
    "trustno1",
    "admin",
    "administrator",
    "root",
    "user",
    "login",
    "secret",
    "geheim",
    "changeme",
    "default",
    "guest",
    "access",
    "hello",
    "hallo",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "company",
    "dualtrack",
    "promotion",
    "review",
    "qwertz",
    "abc",
    "correcthorsebatterystaple",
    "test",
    "demo",
]
ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
SHORTEST_ROW = 3
_DIVIDERS = re.compile(r"[\s\-_.,!?]+")
_ADDED = re.compile(r"^[^a-z]+|[^a-z]+$")
_REPEATED = re.compile(r"(.{1,8}?)\1{2,}")


def find_password_fault(password: str, *about: str) -> Fault | None:
    """Return why a password is refused, or None.

    Args:
        about: names and addresses of the person, which others know.
    """
    if len(password) < LEAST_LENGTH:
        return Fault(text("Use at least %(count)s characters", count=LEAST_LENGTH), field="new")
    if len(_take_out(password.lower(), about)) < LEAST_LEFT:
        return guessed()
    return None


def guessed() -> Fault:
    """Return the fault of a password that too many people would think of."""
    return Fault(text("Too many people would guess this"), text("a sentence that only you would think of"), field="new")


def has_leaked() -> Fault:
    """Return the fault of a password that is among those that leaked somewhere."""
    return Fault(text("This password has leaked somewhere"), text("another one, used nowhere else"), field="new")


def is_made_of(password: str, known: Collection[str]) -> bool:
    """Tell whether a password is one or two of those known, in any capitals, with digits and signs around them."""
    words = password.lower()
    bare = {words, _DIVIDERS.sub("", words), _ADDED.sub("", words), _ADDED.sub("", _DIVIDERS.sub("", words))}
    return any(
        each in known or any(each[:cut] in known and each[cut:] in known for cut in range(1, len(each)))
        for each in (*bare, *(_REPEATED.sub(r"\1", one) for one in bare))
        if each
    )


def _take_out(words: str, about: tuple[str, ...]) -> str:
    names = [part for each in about for part in re.split(r"[^\w]+", each.lower()) if len(part) >= SHORTEST_ROW]
    left = _DIVIDERS.sub("", words)
    for known in sorted({*COMMONEST, *names, *_parts_of_rows()}, key=len, reverse=True):
        left = left.replace(known, "")
    return _REPEATED.sub(r"\1", left)


@cache
def _parts_of_rows() -> frozenset[str]:
    rows = (*ROWS, *(row[::-1] for row in ROWS))
    return frozenset(
        row[start:end] for row in rows for start in range(len(row)) for end in range(start + SHORTEST_ROW, len(row) + 1)
    )
