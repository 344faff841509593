"""The board of a cycle's cases: whose turn it is in each, and which of them stand still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from review.domain.feedback_sight import ASKING
from review.domain.phase import Phase
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN, Definition, Tokens, phase_of
from review.domain.worklist import find_holders

STALL_DAYS = 14
"""A case in which nothing has moved for so many days stands still, whatever its stage."""
STALL_RULE = text(
    "A case stands still when the day of its stage has passed, or when nothing has moved in it for %(days)s days.",
    days=STALL_DAYS,
)
FEEDBACK, PANEL = "feedback", "panel"
STILL_TO_ACT = {Phase.SEALED: ("seated",), Phase.VOTING: ("seated", "read")}
"""States of seats whose members still have something to do, by phase."""


class Party(NamedTuple):
    """Somebody of a case: name, whether they still work here, and for a seat its state."""

    person_id: int
    name: str
    is_here: bool = True
    state: str = ""


@dataclass(frozen=True)
class CaseParts:
    """What says whose turn it is: where each region stands, who has which role, how many answers are in and awaited."""

    tokens: Tokens
    people: Mapping[str, tuple[Party, ...]] = field(default_factory=dict)
    heard: int = 0
    awaited: int = 0


class Holder(NamedTuple):
    """A role whose turn it is, and who has it in the case: nobody by name for HR and others of the whole company."""

    role: str
    people: tuple[Party, ...] = ()
    words: Text | None = None


def find_turns(definition: Definition, parts: CaseParts) -> tuple[Holder, ...]:
    """Return whose turn it is in a case, in the order of the workflow's roles; then who is to answer or vote."""
    if definition.states[parts.tokens[MAIN]].final:
        return ()
    roles = find_holders(definition, parts.tokens, heard=parts.heard)
    held = [Holder(role, parts.people.get(role, ())) for role in definition.roles if role in roles]
    busy = _find_busy_members(definition, parts)
    if busy:
        held = [each for each in held if each.role not in {"member", "chair"}]
        words = plural("%(count)s has still to act", "%(count)s have still to act", len(busy))
        held.append(Holder("member", busy, words))
    if parts.tokens.get(FEEDBACK) == ASKING and parts.awaited:
        held.append(Holder("giver", (), plural("%(count)s answer to come", "%(count)s answers to come", parts.awaited)))
    if parts.tokens.get(PANEL) == "scheduled" and parts.people.get("panelist"):
        held.append(Holder("panelist", parts.people["panelist"]))
    return tuple(held)


def _find_busy_members(definition: Definition, parts: CaseParts) -> tuple[Party, ...]:
    members = parts.people.get("member", ())
    states = STILL_TO_ACT.get(phase_of(definition, parts.tokens), ()) if members else ()
    return tuple(each for each in members if each.state in states)
