"""Shapes of what a committee did with a demo case and what came after: votes, decision, letter, appeal, growth plan.

A `values` list follows `DemoContent.criteria`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from review.demo.company import STRICT, CriterionId, Day, Key, PersonId, Words
from review.demo.script import Value

Values = tuple[Value | None, ...]
Outcome = Literal["promote", "not_yet", "defer"]


@dataclass(frozen=True, slots=True, config=STRICT)
class DeclaredConflict:
    """A conflict that a committee member declared (or HR set) on this case."""

    member: PersonId
    kind: Literal["close_personal", "former_manager", "dispute", "other", "set_by_hr"]
    reason: Words
    day: Day


@dataclass(frozen=True, slots=True, config=STRICT)
class Vote:
    """A member's ballot. `why`: by criterion, with at least one anchor each; required where the value is away from the
    manager's final rating and, from the second round on, where it is away from the member's own earlier one.
    """

    by: PersonId
    values: Values
    overall: Outcome
    confidence: Literal["low", "medium", "high"]
    reason: Words
    why: Mapping[CriterionId, Words] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, config=STRICT)
class Note:
    """A note of the discussion; `criterion` empty: about the case as a whole."""

    by: PersonId
    body: Words
    criterion: CriterionId | Literal[""] = ""


@dataclass(frozen=True, slots=True, config=STRICT)
class Gap:
    """What is missing. `signal`: 1-based number of the target expectation's signal to quote, None: its summary."""

    key: Key
    criterion: CriterionId
    signal: int | None
    seen: Words
    missing: Words
    review_months: Annotated[int, Field(ge=1, le=18)]
    activity: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class GapAnswer:
    """How this case answers an open gap of the candidate's earlier case (`gap`: its key there); `why` cites."""

    gap: Key
    is_met: bool
    why: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class Dissent:
    """A member's vote against the outcome, in their words."""

    by: PersonId
    reason: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class Decision:
    """The committee's decision, recorded by the chair; `gaps` for a "not yet"."""

    outcome: Outcome
    rationale: Words
    dissent: tuple[Dissent, ...] = ()
    gaps: tuple[Gap, ...] = ()
    gap_answers: tuple[GapAnswer, ...] = ()


@dataclass(frozen=True, slots=True, config=STRICT)
class LetterEdit:
    """A paragraph that manager or HR added to the letter that was assembled from the record."""

    by: PersonId
    paragraph: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class SignOff:
    """The executive's sign-off of a management case; the note is kept with it."""

    by: PersonId
    note: str = ""


@dataclass(frozen=True, slots=True, config=STRICT)
class Appeal:
    """An appeal; `result` None while it is open."""

    ground: Literal["procedure", "evidence", "conflict"]
    body: Words
    result: Literal["granted", "dismissed"] | None = None
    reason: str = ""
    decided_by: PersonId | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class GrowthItem:
    """One line of a growth plan, self-rated 1 to 5; `gap`: key of the gap its goal answers; `due`: a day."""

    activity: Words
    skill: Value
    experience: Value
    interest: Value
    goal: str = ""
    gap: Key | None = None
    due: Day | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class CheckIn:
    """What was done since, by 1-based number of the activity, and when both look at it again."""

    by: Literal["candidate", "manager"]
    day: Day
    done: Mapping[int, Words]
    next: Day | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class GrowthPlan:
    """What happens after a "not yet"; `agreed_by`: who has agreed to it so far."""

    mentor: str
    budget: str
    items: tuple[GrowthItem, ...]
    agreed_by: tuple[Literal["candidate", "manager"], ...] = ()
    check_ins: tuple[CheckIn, ...] = ()


@dataclass(frozen=True, slots=True, config=STRICT)
class Ending:
    """The note with which HR turned a nomination down, or what the candidate said when withdrawing."""

    by: PersonId
    note: Words
