"""Whether a password may be used: by the rule of the domain, and by the list of the most used passwords carried along.

The list is that of zxcvbn (MIT, see common_passwords.LICENSE.txt): 47,000 passwords of four signs and more, the most
frequent of ten million that leaked.
"""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

from review.domain.errors import Fault
from review.domain.passwords import find_password_fault, guessed, is_made_of

LIST = Path(__file__).with_name("common_passwords.txt.xz")


def find_fault(password: str, *about: str) -> Fault | None:
    """Return why a password is refused, or None.

    Args:
        about: names and addresses of the person, which others know.
    """
    fault = find_password_fault(password, *about)
    return guessed() if fault is None and is_made_of(password, _read_list()) else fault


@cache
def _read_list() -> frozenset[str]:
    """Return the most used passwords, read when the first one is chosen."""
    return frozenset(lzma.decompress(LIST.read_bytes()).decode().split())
