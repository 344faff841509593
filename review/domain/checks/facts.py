"""What the checks look at: the facts of a case, and of one of its items, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from review.domain.text import Text
from review.domain.values import dataclass

ANSWERED = frozenset({"submitted", "frozen"})
"""States of feedback that count as an answer."""

OPEN = frozenset({"proposed", "asked", "writing"})
"""States of feedback that may still become an answer."""


@dataclass(frozen=True)
class FeedbackFact:
    """One feedback request: of which kind, from which function, and how far it is.

    `function`: the name as the cycle writes it. `state`: of the item `feedback`. `is_kept_back` until feedback is
    closed from who may not know authors: a giver whom HR hides, an answer that waits for another. `is_shown`: it is in
    a set that is read without names.
    """

    kind: str = "peer"
    function: str = ""
    state: str = "submitted"
    is_kept_back: bool = False
    is_shown: bool = False

    @property
    def is_answered(self) -> bool:
        """Tell whether the answer is in."""
        return self.state in ANSWERED

    @property
    def is_open(self) -> bool:
        """Tell whether an answer may still come."""
        return self.state in OPEN


@dataclass(frozen=True)
class CaseFacts:
    """Everything that a check may ask about a case.

    Building: `criteria` maps the id of each criterion to be rated to its name; `self_reviewed`, `evidenced` and the
    rounds of `rated` (first, final, second) and `cited` (final, second) hold ids of criteria. `obstacles` say why the
    person is not eligible; `second_rater_conflict` why the chosen second rater cannot be.

    Committee: `seats_able_to_vote` are neither recused nor absent; `votes_counted` come from members who are not
    recused, were present and had opened the packet. `earlier_gaps_unanswered` were named in an earlier case.

    The actor: `may_count` the answers exactly, `must_open_packet` before reading what it holds, `is_actor_recused`,
    `is_actor_on_committee`, and `is_approved_by_second_person`, which is somebody else than the actor.

    After: `gaps_without_activity` of the growth plan; `plan_agreed_by` holds the roles candidate and manager.
    """

    tokens: Mapping[str, str] = field(default_factory=dict)
    obstacles: tuple[Text, ...] = ()
    criteria: Mapping[str, str] = field(default_factory=dict)
    self_reviewed: frozenset[str] = frozenset()
    evidenced: frozenset[str] = frozenset()
    feedback: tuple[FeedbackFact, ...] = ()
    required_functions: tuple[str, ...] = ()
    rated: Mapping[str, frozenset[str]] = field(default_factory=dict)
    cited: Mapping[str, frozenset[str]] = field(default_factory=dict)
    second_rater_conflict: Text | None = None
    panel_scores: int = 0
    is_packet_rendered: bool = False
    seats_able_to_vote: int = 0
    votes_cast: int = 0
    present_without_vote: int = 0
    votes_counted: int = 0
    revotes_used: int = 0
    earlier_gaps_unanswered: int = 0
    gaps_named: int = 0
    decision: str | None = None
    is_letter_ready: bool = False
    is_approved_by_second_person: bool = False
    may_count: bool = True
    must_open_packet: bool = False
    is_actor_recused: bool = False
    is_actor_on_committee: bool = False
    appeals_used: int = 0
    gaps_without_activity: int = 0
    plan_agreed_by: frozenset[str] = frozenset()

    @property
    def requests(self) -> tuple[FeedbackFact, ...]:
        """Return the requests that count for the actor."""
        return tuple(each for each in self.feedback if self.may_count or not each.is_kept_back)

    @property
    def heard(self) -> int:
        """Return how many answers count for the actor."""
        return sum(each.is_answered for each in self.requests)


@dataclass(frozen=True)
class ItemFacts:
    """What a check may ask about one feedback request or one seat.

    `giver_conflict` says why the giver cannot be asked; `unanswered` names the criteria without an answer.
    """

    giver_conflict: Text | None = None
    unanswered: tuple[str, ...] = ()
    is_packet_opened: bool = False
