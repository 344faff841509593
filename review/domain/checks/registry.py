"""What a check is: a name, typed parameters, and a pure function from a situation to a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from review.domain.checks.facts import CaseFacts, ItemFacts
from review.domain.text import Text, text
from review.domain.values import dataclass

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Count = Annotated[int, Field(strict=True, ge=1, le=50)]


class Params(BaseModel):
    """Parameters of a check: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class NoParams(Params):
    """A check that takes none."""


class AtLeast(Params):
    """A floor."""

    at_least: Count


class Below(Params):
    """A ceiling that is not reached."""

    below: Count


class FeedbackCount(Params):
    """A floor, of one kind of feedback or of both."""

    at_least: Count
    kind: Literal["peer", "upward"] | None = None


class FunctionsCovered(Params):
    """A floor of different functions; of those that the cycle requires, or of any; some by name."""

    at_least: Count
    from_cycle: StrictBool = False
    functions: tuple[str, ...] = ()


class Round(Params):
    """A round of rating."""

    round: Literal["first", "final", "second"]


class RatingRound(Params):
    """A round whose ratings go into the packet as they are; the final one unless said otherwise."""

    round: Literal["final", "second"] = "final"


class InState(Params):
    """A region, and the state or states it must be in."""

    region: Id
    state: Id | tuple[Id, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Return the states, be it one or several."""
        return (self.state,) if isinstance(self.state, str) else self.state


class CaseIn(Params):
    """States of the case."""

    states: Annotated[tuple[Id, ...], Field(min_length=1)]


class DecisionIs(Params):
    """What was decided."""

    outcome: Literal["promote", "not_yet", "defer"]


@dataclass(frozen=True)
class Place:
    """A state as people read it, and the role that brings it about."""

    title: str
    holder: str | None


@dataclass(frozen=True)
class Situation:
    """What a check judges: the facts, where the case stands, and the titles of its states by (region, state)."""

    facts: CaseFacts
    tokens: Mapping[str, str]
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)
    item: ItemFacts = field(default_factory=ItemFacts)


@dataclass(frozen=True)
class Verdict:
    """Met or missing, in words; `holder` is the role that can mend it, where that is known."""

    is_met: bool
    reason: Text
    holder: str | None = None


P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class Check:
    """A named precondition that a workflow may ask for."""

    name: str
    summary: str
    params: type[Params]
    judge: Callable[[Situation, Any], Verdict]


def check(params: type[P]) -> Callable[[Callable[[Situation, P], Verdict]], Check]:
    """Make a check of a function: its name is the check's name, the first line of its docstring the summary."""

    def register(judge: Callable[[Situation, P], Verdict]) -> Check:
        return Check(judge.__name__, (judge.__doc__ or "").strip().splitlines()[0], params, judge)

    return register


def by_name(*groups: Iterable[Check]) -> Mapping[str, Check]:
    """Return the checks of the groups under their names."""
    return {each.name: each for group in groups for each in group}


def listed(names: Iterable[str]) -> str:
    """Write names one after another; names are data and are not translated."""
    return ", ".join(names)


def joined(parts: Iterable[Text], *, pattern: Text) -> Text:
    """Join sentences two by two by a pattern with %(left)s and %(right)s."""
    first, *rest = parts
    for part in rest:
        first = text(pattern.one, left=first, right=part)
    return first
