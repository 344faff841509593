"""What a giver is told before writing: who will read the words, who the name, and when."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from review.domain.access import Role
from review.domain.feedback_request import UPWARD
from review.domain.feedback_sight import SHOWN, Answer, Sight, Switches, read_switches, see
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass


class Reader(StrEnum):
    """Somebody who reads feedback, or hears of it."""

    CANDIDATE = "candidate"
    MANAGER = "manager"
    COMMITTEE = "committee"
    EXECUTIVE = "executive"
    HR = "hr"


ROLES: Mapping[Reader, Role] = MappingProxyType(
    {
        Reader.CANDIDATE: Role.CANDIDATE,
        Reader.MANAGER: Role.MANAGER,
        Reader.COMMITTEE: Role.MEMBER,
        Reader.EXECUTIVE: Role.EXECUTIVE,
        Reader.HR: Role.HR,
    }
)
"""Whose rights decide what each reader is promised to see."""

ALL_MET = frozenset({"first_view_locked", SHOWN})


@dataclass(frozen=True)
class Promise:
    """What one reader sees at the most; `told` says it in a sentence with the moment."""

    reader: Reader
    who: Text
    sight: Sight
    told: Text

    @property
    def sees_words(self) -> bool:
        """Tell whether this reader ever sees the words."""
        return self.sight.words


@dataclass(frozen=True)
class Terms:
    """What the contract depends on: the cycle's switches, the kind of feedback, and who knows of the request."""

    candidate: str
    kind: str
    is_hidden_from_manager: bool
    switches: Switches
    needs_sign_off: bool = False
    is_external: bool = False

    @property
    def has_names(self) -> bool:
        """Tell whether anybody sees the name: never with feedback of direct reports."""
        return self.kind != UPWARD

    @property
    def floor(self) -> int:
        """Return from how many answers on those are read that have no name."""
        return self.switches.floor


def read_terms(
    policy: Mapping[str, Any],
    *,
    candidate: str,
    kind: str,
    is_hidden_from_manager: bool,
    needs_sign_off: bool = False,
    is_external: bool = False,
) -> Terms:
    """Return the terms under a cycle's policy."""
    return Terms(candidate, kind, is_hidden_from_manager, read_switches(policy), needs_sign_off, is_external)


def promise(terms: Terms) -> tuple[Promise, ...]:
    """Return what each reader sees, in order of time."""
    readers = [
        (Reader.MANAGER, text("The manager"), _told_manager(terms)),
        (Reader.HR, text("HR"), _told_hr(terms)),
        (Reader.COMMITTEE, text("The committee"), _told_committee(terms)),
        (Reader.EXECUTIVE, text("The executive who signs off"), _told_executive(terms)),
        (Reader.CANDIDATE, text("%(name)s", name=terms.candidate), _told_candidate(terms)),
    ]
    return tuple(
        Promise(reader, who, most_seen(reader, terms), told)
        for reader, who, told in readers
        if reader is not Reader.EXECUTIVE or terms.needs_sign_off
    )


def most_seen(reader: Reader, terms: Terms) -> Sight:
    """Return the most that a reader sees of an answer in any phase, once all that it waits for is met."""
    answer = Answer(terms.kind, terms.is_hidden_from_manager, terms.floor)
    seen = [see(answer, terms.switches, (ROLES[reader],), phase, ALL_MET) for phase in Phase]
    return Sight(any(one.words for one in seen), any(one.name for one in seen), any(one.kind for one in seen))


def warn_of_guesses(terms: Terms) -> Text:
    """Return who knows that the giver was asked, and so may guess who wrote."""
    if not terms.has_names:
        return text("All direct reports are asked together; each knows that the others are asked.")
    if terms.is_hidden_from_manager:
        return text("HR asked you; the manager is not told of it.")
    return text(
        "The manager knows that you are asked and about what, and may guess who wrote: above all where only you were "
        "asked about a criterion."
    )


def explain_waiting(terms: Terms) -> Text:
    """Return what may keep an answer that is in from its readers for a while; the same words for every giver."""
    if not terms.has_names:
        return text(
            "Answers without names are read at least %(floor)s at a time; one that comes after feedback was closed "
            "waits for as many.",
            floor=terms.floor,
        )
    return text(
        "Without names, answers are read at least %(floor)s at a time; one that comes after feedback was closed waits "
        "for as many, or is read only by those who see its name. Two who are asked about each other are read by nobody "
        "before both have answered, or one of them cannot any more.",
        floor=terms.floor,
    )


def _told_manager(terms: Terms) -> Text:
    if not terms.has_names:
        return text(
            "Your words without your name, all answers at once: when a first rating is locked, feedback is closed, "
            "and %(floor)s direct reports have answered.",
            floor=terms.floor,
        )
    if most_seen(Reader.MANAGER, terms).name:
        if terms.is_external:
            return text("Your words with your name and organisation, once a first rating is locked.")
        return text("Your words with your name, once a first rating is locked.")
    if terms.switches.manager_reads_names:
        return text(
            "Your words without your name, though others' names are shown: when a first rating is locked and feedback "
            "is closed with at least %(floor)s answers.",
            floor=terms.floor,
        )
    return text(
        "Your words without your name, all answers at once in mixed order: when a first rating is locked and feedback "
        "is closed with at least %(floor)s answers.",
        floor=terms.floor,
    )


def _told_hr(terms: Terms) -> Text:
    if terms.is_external:
        return text("Your words with your name and organisation, to run the case.")
    if terms.has_names:
        return text("Your words with your name, to run the case.")
    return text(
        "Your words without your name, once feedback is closed and %(floor)s direct reports have answered.",
        floor=terms.floor,
    )


def _told_committee(terms: Terms) -> Text:
    if terms.is_external:
        return text(
            "Your words with your name and organisation, once the packet is sealed: they weigh who saw what. "
            "An appeals panel would see the same."
        )
    if terms.has_names:
        return text(
            "Your words with your name and function, once the packet is sealed: they weigh who saw what. "
            "An appeals panel would see the same."
        )
    return text(
        "Your words without your name, once the packet is sealed and %(floor)s direct reports have answered.",
        floor=terms.floor,
    )


def _told_executive(terms: Terms) -> Text:
    if terms.has_names:
        return text(
            "Your words without your name, once the committee has decided, if %(floor)s have answered.",
            floor=terms.floor,
        )
    return text(
        "Your words without your name, once the committee has decided and %(floor)s direct reports have answered.",
        floor=terms.floor,
    )


def _told_candidate(terms: Terms) -> Text:
    if terms.switches.candidate_reads_words:
        return text(
            "Your words without your name, in mixed order, after the announcement, if %(floor)s have answered.",
            floor=terms.floor,
        )
    return text("Neither your words nor your name: a summary of all answers, after the announcement.")
