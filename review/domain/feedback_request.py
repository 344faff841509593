"""A request for feedback as others see it: who said yes, never who has finished; and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.phase import Phase
from review.domain.text import Text, text

PEER, UPWARD = "peer", "upward"
LEFT = "left"
"""What the request of somebody is as good as who was asked, has said nothing, and has left the company."""
SAID_YES = frozenset({"writing", "submitted", "frozen"})
"""States that read the same, so that nobody learns who has finished."""
LIVE = frozenset({"proposed", "asked"}) | SAID_YES
"""States of a request that counts towards coverage."""

_WORDS: Mapping[str, Text] = {
    "proposed": text("Proposed"),
    "asked": text("Asked"),
    "writing": text("Said yes"),
    "submitted": text("Said yes"),
    "frozen": text("Said yes"),
    "declined": text("Declined"),
    "rejected": text("Not asked"),
    "expired": text("To be replaced"),
    "cancelled": text("No longer asked"),
    LEFT: text("Has left"),
}
_TAGS: Mapping[str, str] = {"asked": "acc", "expired": "warn", LEFT: "warn"} | dict.fromkeys(SAID_YES, "ok")
_AFTERWARDS = text("Was asked")
_KNOWN_AFTERWARDS = frozenset({"declined", "rejected"})


def request_words(state: str, phase: Phase) -> Text:
    """Return how far a request is, in words.

    Once the packet is sealed, what was open is cancelled and what was answered is kept: the words no longer tell the
    two apart, or they would say who had finished.
    """
    if phase not in (Phase.DRAFT, Phase.COLLECTING) and state not in _KNOWN_AFTERWARDS:
        return _AFTERWARDS
    return _WORDS[state]


def request_tag(state: str, phase: Phase) -> str:
    """Return the kind of tag that goes with the words: ok, warn, acc or plain."""
    return _TAGS.get(state, "") if phase in (Phase.DRAFT, Phase.COLLECTING) else ""


def shows_due(state: str) -> bool:
    """Tell whether the due date of a request may be shown: that of a writer would end when they finish."""
    return state in ("proposed", "asked")


def find_decisions(state: str, kind: str, *, can_see_authors: bool) -> tuple[str, ...]:
    """Return which actions a manager or HR is offered on a request.

    Direct reports are asked all together. Who may not see authors cannot take a request back after a yes: the count
    of answers would tell whether it had been answered. An answer that is in is nobody's to throw away.
    """
    if kind == UPWARD:
        return ()
    if state == "proposed":
        return ("approve", "reject")
    if state == "asked" or (state == "writing" and can_see_authors):
        return ("cancel",)
    return ()
