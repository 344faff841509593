"""What a giver is told before writing: who will read the words, who the name, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from review.domain.feedback_request import UPWARD
from review.domain.text import Text, text


class Reader(StrEnum):
    """Somebody who reads feedback, or hears of it."""

    CANDIDATE = "candidate"
    MANAGER = "manager"
    COMMITTEE = "committee"
    HR = "hr"


@dataclass(frozen=True, slots=True)
class Promise:
    """What one reader sees; `told` says it in a sentence with the moment."""

    reader: Reader
    who: Text
    sees_words: bool
    sees_name: bool
    told: Text


@dataclass(frozen=True, slots=True)
class Terms:
    """What the contract depends on: the cycle's switches, the kind of feedback, and who knows of the request."""

    candidate: str
    kind: str
    is_hidden_from_manager: bool
    candidate_reads_words: bool
    manager_reads_names: bool
    floor: int

    @property
    def has_names(self) -> bool:
        """Tell whether anybody sees the name: never with feedback of direct reports."""
        return self.kind != UPWARD


def read_terms(policy: Mapping[str, Any], *, candidate: str, kind: str, is_hidden_from_manager: bool) -> Terms:
    """Return the terms under a cycle's policy; a switch that is not set is off, the floor is never below three."""
    switches = policy.get("anonymity", {})
    return Terms(
        candidate=candidate,
        kind=kind,
        is_hidden_from_manager=is_hidden_from_manager,
        candidate_reads_words=switches.get("candidate_sees_feedback", "summary") == "verbatim",
        manager_reads_names=bool(switches.get("manager_sees_authors", False)),
        floor=max(3, int(policy.get("thresholds", {}).get("n3", 3))),
    )


def promise(terms: Terms) -> tuple[Promise, ...]:
    """Return what each reader sees, in order of time."""
    has_names = terms.has_names
    return (
        Promise(
            Reader.MANAGER, text("The manager"), True, has_names and terms.manager_reads_names, _told_manager(terms)
        ),
        Promise(Reader.HR, text("HR"), True, has_names, _told_hr(terms)),
        Promise(Reader.COMMITTEE, text("The committee"), True, has_names, _told_committee(terms)),
        Promise(
            Reader.CANDIDATE,
            text("%(name)s", name=terms.candidate),
            terms.candidate_reads_words,
            False,
            _told_candidate(terms),
        ),
    )


def warn_of_guesses(terms: Terms) -> Text:
    """Return who knows that the giver was asked, and so may guess who wrote."""
    if not terms.has_names:
        return text("All direct reports are asked together; each knows that the others are asked.")
    if terms.is_hidden_from_manager:
        return text("HR asked you; the manager is not told of it.")
    return text("The manager knows that you are asked, and may guess who wrote what.")


def _told_manager(terms: Terms) -> Text:
    if not terms.has_names:
        return text(
            "Your words without your name, once a first rating is locked and %(floor)s direct reports have answered.",
            floor=terms.floor,
        )
    if terms.manager_reads_names:
        return text("Your words with your name, once a first rating is locked.")
    return text("Your words without your name, in mixed order, once a first rating is locked.")


def _told_hr(terms: Terms) -> Text:
    if terms.has_names:
        return text("Your words with your name, to run the case.")
    return text("Your words without your name, once %(floor)s direct reports have answered.", floor=terms.floor)


def _told_committee(terms: Terms) -> Text:
    if terms.has_names:
        return text(
            "Your words with your name and function, once the packet is sealed: they weigh who saw what. "
            "An appeals panel would see the same."
        )
    return text(
        "Your words without your name, once the packet is sealed and %(floor)s direct reports have answered.",
        floor=terms.floor,
    )


def _told_candidate(terms: Terms) -> Text:
    if terms.candidate_reads_words:
        return text("Your words without your name, after the announcement.")
    return text("Neither your words nor your name: a summary of all answers, after the announcement.")
