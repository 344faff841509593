"""How much of one answer a reader sees: the one rule that both the giver's preview and every reader's page follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from review.domain.access import Role, can_read
from review.domain.feedback_request import UPWARD
from review.domain.phase import Phase
from review.domain.text import Text, text

CLOSED = "feedback_closed"
"""The condition that feedback is no longer being collected: who reads without names reads all answers at once."""

TOLD = frozenset({Phase.ANNOUNCED, Phase.CLOSED})


@dataclass(frozen=True, slots=True)
class Switches:
    """What a cycle says about reading feedback; frozen when the cycle opens."""

    candidate_reads_words: bool = False
    manager_reads_names: bool = False
    floor: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What of an answer decides who sees it; `heard` is how many answers of its kind are in."""

    kind: str
    is_hidden_from_manager: bool
    heard: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader sees of an answer; `kind` is whether they see that a direct report wrote it."""

    words: bool = False
    name: bool = False
    kind: bool = False


NOTHING = Sight()


def read_switches(policy: Mapping[str, Any]) -> Switches:
    """Return the switches of a cycle's policy; one that is not set is off, the floor is never below three."""
    anonymity = policy.get("anonymity", {})
    return Switches(
        candidate_reads_words=anonymity.get("candidate_sees_feedback", "summary") == "verbatim",
        manager_reads_names=bool(anonymity.get("manager_sees_authors", False)),
        floor=max(3, int(policy.get("thresholds", {}).get("n3", 3))),
    )


def see(
    answer: Answer, switches: Switches, roles: Iterable[Role], phase: Phase, conditions: frozenset[str] = frozenset()
) -> Sight:
    """Return what somebody in these roles sees of an answer in a phase: the union of what each role sees.

    Answers of direct reports have no name for anybody and are read from the floor on, and the candidate reads any
    from the floor on. Who reads without names reads all answers at once, when feedback is closed: two looks never
    differ by the one answer that came in between.
    """
    seen = [_see_as(role, answer, switches, phase, conditions) for role in roles]
    return Sight(any(one.words for one in seen), any(one.name for one in seen), any(one.kind for one in seen))


def may_see_any(
    switches: Switches, roles: Iterable[Role], phase: Phase, conditions: frozenset[str] = frozenset()
) -> bool:
    """Tell whether somebody in these roles sees answers in this phase, if there are enough of them."""
    return see(Answer("", False, switches.floor), switches, roles, phase, conditions).words


def sign(sight: Sight, *, kind: str, name: str, function: str) -> Text:
    """Return the line under an answer for who has this sight of it; no day, for a day can tell who wrote."""
    if sight.name:
        return text("%(name)s, %(function)s", name=name, function=function)
    if sight.kind and kind == UPWARD:
        return text("A direct report, without a name")
    return text("Without a name; the order is mixed")


def _see_as(role: Role, answer: Answer, switches: Switches, phase: Phase, conditions: frozenset[str]) -> Sight:
    if not _reads_words(role, switches, phase, conditions):
        return NOTHING
    has_enough = answer.heard >= switches.floor
    if answer.kind == UPWARD:
        is_whole = has_enough and (phase is not Phase.COLLECTING or CLOSED in conditions)
        return Sight(words=True, kind=_knows_authors(role, phase)) if is_whole else NOTHING
    if role is Role.MANAGER and switches.manager_reads_names:
        return Sight(words=True, name=not answer.is_hidden_from_manager)
    if _knows_authors(role, phase):
        return Sight(words=True, name=True, kind=True)
    if role is Role.CANDIDATE:
        return Sight(words=True) if has_enough else NOTHING
    return Sight(words=True) if phase is not Phase.COLLECTING or CLOSED in conditions else NOTHING


def _reads_words(role: Role, switches: Switches, phase: Phase, conditions: frozenset[str]) -> bool:
    if role is Role.CANDIDATE:
        return switches.candidate_reads_words and phase in TOLD
    return can_read("feedback.text", (role,), phase, conditions)


def _knows_authors(role: Role, phase: Phase) -> bool:
    return can_read("feedback.author", (role,), phase)
