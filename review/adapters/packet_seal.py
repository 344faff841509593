"""The seal of a file: one line near the end of a PDF with the digest of all its other bytes.

The line is a comment, which every reader of PDF passes over. It has no key: it finds what was damaged, cut, added or
saved again, not somebody who makes a new file with a seal of its own.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

BEGIN = b"%dualtrack sha-256 "
LINE = re.compile(re.escape(BEGIN) + rb"([0-9a-f]{64})\n\Z")
LENGTH = len(BEGIN) + 64 + 1
PLACE = b"startxref"


class Seal(StrEnum):
    """What a file's seal says of its bytes."""

    WHOLE = "whole"
    BROKEN = "broken"
    MISSING = "missing"


def seal_file(pdf: bytes) -> bytes:
    """Return the PDF with its seal, in the place before the last `startxref`."""
    head, place, tail = _parts(pdf)
    return b"".join((head, BEGIN, _digest(head, place, tail), b"\n", place, tail))


def read_seal(pdf: bytes) -> Seal:
    """Say whether all bytes of a file are as they were sealed."""
    head, place, tail = _parts(pdf)
    found = LINE.search(head[-LENGTH:])
    if found is None:
        return Seal.MISSING
    return Seal.WHOLE if _digest(head[:-LENGTH], place, tail) == found[1] else Seal.BROKEN


def _parts(pdf: bytes) -> tuple[bytes, bytes, bytes]:
    return pdf.rpartition(PLACE)


def _digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).hexdigest().encode()
