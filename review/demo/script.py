"""Shapes of how a demo case is built: nomination, evidence, feedback and ratings.

Criteria are named by id. In prose, `{E:key}` names evidence and `{F:key}` feedback of the same case by their local
keys; `anchors_in` finds them and `fill_anchors` prints them as E1, F2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from review.demo.company import STRICT, CriterionId, Day, Key, PersonId, Words

Value = Annotated[int, Field(ge=1, le=5)]
State = Literal[
    "nominated",
    "collecting",
    "reading",
    "voting",
    "discussion",
    "signoff",
    "decided",
    "not_yet",
    "appeal",
    "growth_plan",
    "promoted",
    "deferred",
    "closed_not_yet",
    "ineligible",
    "withdrawn",
]

_ANCHOR = re.compile(r"\{([EF]):([a-z0-9-]+)\}")


@dataclass(frozen=True, slots=True, config=STRICT)
class Target:
    """Where the case stands once it was played: `state` of the main machine, and the regions while it is collecting.

    `panel` only in the management workflow. Regions are None in every other state.
    """

    state: State
    packet: Literal["writing", "submitted"] | None = None
    feedback: Literal["asking", "enough"] | None = None
    rating: Literal["first_view", "with_feedback", "rated"] | None = None
    second_rating: Literal["to_assign", "asked", "done", "waived"] | None = None
    panel: Literal["unscheduled", "scheduled", "scored"] | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class Nomination:
    """`kind`: own, by the manager, or by opt-out (nobody said "not now"; `by` is then the HR partner who ran it)."""

    kind: Literal["own", "manager", "opt_out"]
    by: PersonId
    reason: str = ""


@dataclass(frozen=True, slots=True, config=STRICT)
class Link:
    """A link of a piece of evidence; every address ends in .example."""

    label: Words
    url: Annotated[str, Field(pattern=r"^https://[a-z0-9.-]+\.example/\S*$")]


@dataclass(frozen=True, slots=True, config=STRICT)
class Measure:
    """A figure before, as aimed at, and as reached; texts, because real ones are not always numbers."""

    name: Words
    baseline: Words
    target: Words
    actual: Words
    unit: str = ""


@dataclass(frozen=True, slots=True, config=STRICT)
class Evidence:
    """One outcome. `signals`: by criterion, 1-based numbers of signals of the target level's expectation.

    `is_late`: added after the self-review was submitted.
    """

    key: Key
    title: Words
    done: Words
    effect: Words
    criteria: tuple[CriterionId, ...]
    links: tuple[Link, ...] = ()
    measure: Measure | None = None
    signals: Mapping[CriterionId, tuple[int, ...]] = Field(default_factory=dict)
    is_late: bool = False


@dataclass(frozen=True, slots=True, config=STRICT)
class Answer:
    """A giver on one criterion: situation, what was done, its effect and a rating; or `cannot` judge, and why."""

    rating: Value | None = None
    situation: str = ""
    done: str = ""
    effect: str = ""
    cannot: str = ""


@dataclass(frozen=True, slots=True, config=STRICT)
class Giver:
    """A feedback request and what became of it; `key` is local, for `{F:key}`.

    `state` is what the giver reached: once the packet is sealed, `submitted` turns into `frozen` and what was open into
    `cancelled`. `proposed_by`: None is the candidate; direct reports (`upward`) are asked by the system, all together.
    `note`: from the one who proposed. `answers` of a giver in `writing` are a draft and may lack criteria or words.
    `decline_kind` and `decline_text` for `declined`, `refusal` for `rejected`; `is_hidden_from_manager`: HR added them.
    """

    key: Key
    person: PersonId
    state: Literal["proposed", "asked", "writing", "submitted", "declined", "rejected", "expired"] = "submitted"
    kind: Literal["peer", "upward"] = "peer"
    proposed_by: PersonId | None = None
    note: str = ""
    answers: Mapping[CriterionId, Answer] = Field(default_factory=dict)
    decline_kind: Literal["no_time", "unfamiliar", "conflict"] | None = None
    decline_text: str = ""
    refusal: str = ""
    is_hidden_from_manager: bool = False


@dataclass(frozen=True, slots=True, config=STRICT)
class OutsideGiver:
    """Somebody from outside: proposed by the candidate and `submitted`, or `asked` yesterday by the manager.

    `zone`: theirs, empty for the cycle's.
    """

    key: Key
    name: Words
    email: Annotated[str, Field(pattern=r"^[a-z.]+@[a-z-]+\.example$")]
    organisation: Words
    worked_together: Words
    state: Literal["asked", "submitted"]
    note: str = ""
    zone: str = ""
    answers: Mapping[CriterionId, Answer] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, config=STRICT)
class RatingLine:
    """A rating of one criterion. `value` None: can't judge, `why` says the reason. Anchors cited are those in `why`.

    `sentence`: 1-based number of the target expectation's signal it names, None for the summary.
    `changed`: in the final round, what changed since the first view (set where the value differs).
    """

    value: Value | None
    why: Words
    sentence: int | None = None
    changed: str = ""


@dataclass(frozen=True, slots=True, config=STRICT)
class Rating:
    """One person's ratings in one round; `for_whom` if made on behalf of somebody. Unlocked: a draft, maybe partial."""

    by: PersonId
    lines: Mapping[CriterionId, RatingLine]
    is_locked: bool = True
    for_whom: PersonId | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class SecondRating:
    """The blind second rating: who chose the rater, and the rating once it is in; or why there is none (`waived`)."""

    rater: PersonId | None = None
    chosen_by: PersonId | None = None
    lines: Mapping[CriterionId, RatingLine] = Field(default_factory=dict)
    waived: str = ""
    waived_by: PersonId | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class PanelScore:
    """A leadership panel member's score, empty until the panel met."""

    by: PersonId
    value: Value | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, config=STRICT)
class Panel:
    """The leadership panel of a people manager's case."""

    meets: Day
    scores: tuple[PanelScore, ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class ManagerChange:
    """From `day` on the candidate reports to `to`; everything written before stays signed by whoever wrote it."""

    day: Day
    to: PersonId
    reason: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class Delegation:
    """`person` is away from one day to another, both included; `delegate` acts on their behalf."""

    person: PersonId
    delegate: PersonId
    from_day: Day
    until_day: Day
    reason: Words


def anchors_in(prose: str) -> tuple[str, ...]:
    """Return the anchors that a text cites, once each, as `E:key` and `F:key`."""
    return tuple(dict.fromkeys(f"{kind}:{key}" for kind, key in _ANCHOR.findall(prose)))


def fill_anchors(prose: str, printed: Mapping[str, str]) -> str:
    """Return the text with its anchors as printed, `printed` mapping `E:key` to E1 and so on.

    Raises: KeyError for an anchor that is not printed.
    """
    return _ANCHOR.sub(lambda found: printed[f"{found[1]}:{found[2]}"], prose)
