"""How much of one answer a reader sees: the one rule that both the giver's preview and every reader's page follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from review.domain.access import Role, can_read
from review.domain.feedback_request import UPWARD
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass

ASKING = "asking"
"""The state of the region `feedback` in which answers still come in."""
SHOWN = "feedback_shown"
"""The condition that feedback was closed: who reads without names reads a set of answers, whole and at once."""

TOLD = frozenset({Phase.ANNOUNCED, Phase.CLOSED})


@dataclass(frozen=True)
class Switches:
    """What a cycle says about reading feedback; frozen when the cycle opens."""

    candidate_reads_words: bool = False
    manager_reads_names: bool = False
    floor: int = 3


@dataclass(frozen=True)
class Answer:
    """What of an answer decides who sees it; `heard` is how many answers of its kind are in.

    `is_in_set`: it is in the set that is read without names now. `is_mirror_due`: the candidate is asked about this
    giver too, in the same cycle, and has not answered yet.
    """

    kind: str
    is_hidden_from_manager: bool
    heard: int
    is_in_set: bool = True
    is_mirror_due: bool = False


@dataclass(frozen=True)
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

    Two who write about each other are read by nobody before both are in: what is in cannot answer what it was met
    with. Answers of direct reports have no name for anybody. Who reads without names reads a set of answers, whole and
    from the floor on, the same for all such readers: neither two looks nor two readers differ by one answer.
    """
    if answer.is_mirror_due:
        return NOTHING
    seen = [_see_as(role, answer, switches, phase, conditions) for role in roles]
    return Sight(any(one.words for one in seen), any(one.name for one in seen), any(one.kind for one in seen))


def may_see_any(
    switches: Switches, roles: Iterable[Role], phase: Phase, conditions: frozenset[str] = frozenset()
) -> bool:
    """Tell whether somebody in these roles sees answers in this phase, if there are enough of them."""
    is_in_set = phase is not Phase.COLLECTING or SHOWN in conditions
    return see(Answer("", False, switches.floor, is_in_set), switches, roles, phase, conditions).words


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
    may_know = _knows_authors(role, phase)
    is_named = answer.kind != UPWARD and (may_know or _is_named_to_manager(role, answer, switches))
    if is_named:
        return Sight(words=True, name=True, kind=may_know)
    is_read = answer.is_in_set and answer.heard >= switches.floor
    return Sight(words=True, kind=may_know) if is_read else NOTHING


def _is_named_to_manager(role: Role, answer: Answer, switches: Switches) -> bool:
    return role is Role.MANAGER and switches.manager_reads_names and not answer.is_hidden_from_manager


def _reads_words(role: Role, switches: Switches, phase: Phase, conditions: frozenset[str]) -> bool:
    if role is Role.CANDIDATE:
        return switches.candidate_reads_words and phase in TOLD
    return can_read("feedback.text", (role,), phase, conditions)


def _knows_authors(role: Role, phase: Phase) -> bool:
    return can_read("feedback.author", (role,), phase)
