"""What the switches of a cycle mean for each reader, worked out by the rules that every page follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from review.domain.access import Role, can_read
from review.domain.embargo import RATING, keep_told
from review.domain.feedback_request import UPWARD
from review.domain.feedback_sight import Answer, Sight, Switches, read_switches, see
from review.domain.giver_contract import ALL_MET
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass

READERS: tuple[tuple[Role, Text], ...] = (
    (Role.CANDIDATE, text("Candidate")),
    (Role.OTHER_GIVER, text("Other givers")),
    (Role.MANAGER, text("Manager")),
    (Role.MEMBER, text("Committee")),
    (Role.EXECUTIVE, text("Executive")),
    (Role.HR, text("HR")),
)
FROM: Mapping[Phase, Text] = {
    Phase.DRAFT: text("from the nomination on"),
    Phase.COLLECTING: text("while the case is being built"),
    Phase.SEALED: text("once the packet is sealed"),
    Phase.VOTING: text("once voting is open"),
    Phase.REVEALED: text("once the votes are revealed"),
    Phase.DECIDED: text("once it is decided"),
    Phase.ANNOUNCED: text("once the answer is announced"),
    Phase.CLOSED: text("once the case is closed"),
}
PEER, SUMMARY = "peer", "feedback.summary"

Seen = Callable[[Role, Phase], Text | None]


@dataclass(frozen=True)
class Cell:
    """What one reader sees of one thing: from when on, and how; nothing at all where `words` is None."""

    reader: Text
    words: Text | None


@dataclass(frozen=True)
class Consequence:
    """One thing with what each reader sees of it."""

    thing: Text
    cells: tuple[Cell, ...]


def tell_consequences(policy: Mapping[str, Any]) -> tuple[Consequence, ...]:
    """Return what each reader sees under a policy of all that its switches are about."""
    switches = read_switches(policy)
    return (
        _tell(text("A colleague's feedback"), lambda role, phase: _words(role, phase, switches, PEER)),
        _tell(text("Who of the colleagues wrote it"), lambda role, phase: _name(role, phase, switches)),
        _tell(text("A direct report's feedback"), lambda role, phase: _words(role, phase, switches, UPWARD)),
        _tell(text("The summary of all answers"), lambda role, phase: _summary(role, phase, policy)),
        _tell(text("The manager's final rating"), lambda role, phase: _rating(role, phase, policy)),
    )


def _tell(thing: Text, seen: Seen) -> Consequence:
    return Consequence(thing, tuple(Cell(who, _first(role, seen)) for role, who in READERS))


def _first(role: Role, seen: Seen) -> Text | None:
    """Return from when on a role sees something: the first phase in which it does."""
    found: Iterator[tuple[Phase, Text | None]] = ((phase, seen(role, phase)) for phase in Phase)
    return next((text("%(how)s, %(when)s", how=how, when=FROM[phase]) for phase, how in found if how), None)


def _sight(role: Role, phase: Phase, switches: Switches, kind: str) -> Sight:
    return see(Answer(kind, False, switches.floor), switches, (role,), phase, ALL_MET)


def _words(role: Role, phase: Phase, switches: Switches, kind: str) -> Text | None:
    sight = _sight(role, phase, switches, kind)
    if not sight.words:
        return None
    if sight.name:
        return text("Word for word with the name")
    return text("Word for word without a name, %(floor)s answers or more together", floor=switches.floor)


def _name(role: Role, phase: Phase, switches: Switches) -> Text | None:
    return text("By name") if _sight(role, phase, switches, PEER).name else None


def _rating(role: Role, phase: Phase, policy: Mapping[str, Any]) -> Text | None:
    roles = keep_told(frozenset({role}), RATING, phase, policy, "not_yet")  # as of a case that was announced
    return text("With its reasons") if can_read(RATING, roles, phase) else None


def _summary(role: Role, phase: Phase, policy: Mapping[str, Any]) -> Text | None:
    roles = keep_told(frozenset({role}), SUMMARY, phase, policy, "not_yet")
    return text("As HR writes it, without names") if can_read(SUMMARY, roles, phase) else None
