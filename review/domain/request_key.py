"""The key of a rendered form as it is kept: as it is, or as a hash where something else was sent in its place."""

from __future__ import annotations

import hashlib

LONGEST = 200


def fold_key(key: str) -> str:
    """Return a key that fits into a row of any database; the same one for the same words."""
    if len(key) <= LONGEST and key.isascii() and key.isprintable():
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
