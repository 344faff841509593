"""What the figures of a cycle are worked out from: announced cases alone, and only those the reader is not out of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date

from review.domain.values import dataclass

PROMOTED = "promoted"
DECIDED = frozenset({PROMOTED, "not_yet", "deferred"})
INELIGIBLE = "ineligible"
Counts = tuple[int, ...]
"""How often each value of the scale was given, from the lowest."""


@dataclass(frozen=True)
class CaseFact:
    """One announced case. `outcome` is empty where a "not yet" is not closed; `group` is the person's, as asked for."""

    id: int
    kind: str
    committee: str
    group: str
    from_level: str
    track: str
    grade: str
    manager_id: int | None
    outcome: str
    was_sealed: bool

    @property
    def is_promoted(self) -> bool:
        """Tell whether it ended in a promotion."""
        return self.outcome == PROMOTED

    @property
    def is_decided(self) -> bool:
        """Tell whether a committee decided it."""
        return self.outcome in DECIDED


@dataclass(frozen=True)
class RatingFact:
    """What a rater gave on one criterion in the round first, final or second; None: cannot tell."""

    case_id: int
    round: str
    rater_id: int
    criterion_id: str
    value: int


@dataclass(frozen=True)
class VoteFact:
    """The votes on one criterion of a case in its first round, and in its last one where there were more."""

    case_id: int
    criterion_id: str
    first: Counts
    last: Counts | None


@dataclass(frozen=True)
class AnswerFact:
    """An answer: its giver, the giver's function when asked, how many criteria it rates and the sum of the ratings."""

    case_id: int
    giver_id: int
    function: str
    lines: int
    total: int


@dataclass(frozen=True)
class EligibleFact:
    """How many people of a group and level could have been nominated when the cycle opened, and were not."""

    group: str
    level: str
    count: int


@dataclass(frozen=True)
class Stay:
    """How many days one case stood in one stage; `order` is the stage's place in the workflow."""

    order: int
    stage: str
    days: float


@dataclass(frozen=True)
class PastFact:
    """How many past cases of an earlier cycle asked for a grade on a track and were decided; `on`: its last answer."""

    cycle: str
    on: date
    track: str
    grade: str
    hits: int
    n: int


@dataclass(frozen=True)
class PastSpell:
    """How many months lay between one person's two promotions, from the one to a level to the one from it on."""

    track: str
    months: float


@dataclass(frozen=True)
class Facts:
    """Everything about one cycle for one reader.

    `least`: how many people a group needs before a figure of it is shown. `running`: cases not announced yet.
    `mutual`: how many voices are mutual, of how many. `answer_counts`: ratings in feedback by case, a tuple for each
    criterion. `ballots`: votes on the case as a whole in its last round, as promote, not yet, defer.
    """

    least: int
    running: int = 0
    cases: tuple[CaseFact, ...] = ()
    votes: tuple[VoteFact, ...] = ()
    ballots: Mapping[int, Counts] = field(default_factory=dict)
    ratings: tuple[RatingFact, ...] = ()
    answers: tuple[AnswerFact, ...] = ()
    answer_counts: tuple[tuple[int, Counts], ...] = ()
    required: tuple[str, ...] = ()
    mutual: tuple[int, int] = (0, 0)
    eligible: tuple[EligibleFact, ...] = ()
    stays: tuple[Stay, ...] = ()
    past: tuple[PastFact, ...] = ()
    spells: tuple[PastSpell, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def decided(self) -> tuple[CaseFact, ...]:
        """Return the cases that a committee decided."""
        return tuple(case for case in self.cases if case.is_decided)
