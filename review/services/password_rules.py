"""Whether a password may be used: by the rule of the domain, and by the list of the most used passwords carried along.

The list is that of zxcvbn (MIT, see common_passwords.LICENSE.txt): 47,000 passwords of four signs and more, the most
frequent of ten million that leaked. All that ever leaked are in a file that an operator may keep: that of Have I Been
Pwned ordered by hash, `DIGEST:count` a line, SHA-1 in capitals. It has tens of gigabytes, so it is looked into by
halves.
"""

from __future__ import annotations

import hashlib
import lzma
import os
from functools import cache
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from review.domain.errors import Fault
from review.domain.passwords import find_password_fault, guessed, has_leaked, is_made_of

DIGITS = 40
"""Of a digest, at the beginning of a line."""
LIST = Path(__file__).with_name("common_passwords.txt.xz")


def find_fault(password: str, *about: str, leaked: Path | None = None) -> Fault | None:
    """Return why a password is refused, or None.

    Args:
        about: names and addresses of the person, which others know.
        leaked: the operator's file of all that leaked, where there is one.
    """
    fault = find_password_fault(password, *about)
    if fault is None and is_made_of(password, _read_list()):
        return guessed()
    return has_leaked() if fault is None and leaked is not None and is_leaked(password, leaked) else fault


def is_leaked(password: str, file: Path) -> bool:
    """Tell whether the digest of a password is a line of a sorted file; raise OSError where it cannot be read."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        lines.seek(_find_first(lines, wanted))
        return lines.readline()[:DIGITS] == wanted


def leaked_of(session: Session) -> Path | None:
    """Return the operator's file of all passwords that leaked, None where there is none."""
    found: Path | None = session.connection().get_execution_options().get("leaked")
    return found


def _find_first(lines: BinaryIO, wanted: bytes) -> int:
    """Return where the first line begins that is not before the wanted one, by halves."""
    low, high = 0, lines.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        lines.seek(max(low, middle - 1))
        if middle > low:
            lines.readline()  # the rest of the line before
        line = lines.readline()
        if line and line[:DIGITS] < wanted:
            low = lines.tell()
        else:
            high = middle
    return low


@cache
def _read_list() -> frozenset[str]:
    """Return the most used passwords, read when the first one is chosen."""
    return frozenset(lzma.decompress(LIST.read_bytes()).decode().split())
