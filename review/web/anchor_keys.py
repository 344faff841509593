"""What a form calls the answers that can be cited: words that lead back to none of the requests.

A request has its number on pages that name the giver. Beside what was written, as the value of a box to tick, the same
number would tell who wrote it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

from flask import current_app

FEEDBACK = "f:"
LENGTH = 20


def cover(case_id: int, key: str) -> str:
    """Return what a form of a case holds for a key such as `f:12`; evidence stays as it is."""
    if not key.startswith(FEEDBACK):
        return key
    secret = str(current_app.config["SECRET_KEY"]).encode()
    word = hmac.new(secret, f"cited in case {case_id}: {key}".encode(), "sha256").hexdigest()
    return FEEDBACK + word[:LENGTH]


def cover_all(case_id: int, anchors: Mapping[str, str]) -> dict[str, str]:
    """Return what a form holds for each key that can be cited."""
    return {key: cover(case_id, key) for key in anchors.values()}


def uncover(case_id: int, sent: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the keys that were sent; what stands for none of those known is nothing that can be cited.

    A number is not taken: what is then shown as chosen would tell whose it is.
    """
    behind = {cover(case_id, key): key for key in known}
    return [behind.get(word, FEEDBACK if word.startswith(FEEDBACK) else word) for word in sent]
