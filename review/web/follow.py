"""What open pages ask every two seconds: a word that changes with what may change them, and tells nothing else."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app

from review.web.guards import current_actor, current_now


def seal_word(*parts: object) -> str:
    """Return a word that stands for what was newest when a page was built, for this reader alone.

    It changes with the reader's rights too, and once an hour: some rights end by the clock, which no event tells.
    """
    actor = current_actor()
    lent = sorted((person, sorted(roles)) for person, roles in actor.delegators.items())
    told = (*parts, actor.person_id, sorted(actor.roles), lent, f"{current_now():%Y-%m-%d %H}")
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, repr(told).encode(), "sha256").hexdigest()[:32]


def digest_shown(*parts: object) -> str:
    """Return a word that changes when what is shown changes; made of nothing that the reader does not see."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
