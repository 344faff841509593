"""A ballot: what it must hold before it can be cast, and the tally of the votes that count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from fractions import Fraction
from statistics import mean, median, variance

from review.domain.errors import Fault
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

SCALE = range(1, 6)
BAR = 4
"""The rating at which the target level is reached."""
MAX_WORDS = 20_000


class Overall(StrEnum):
    """What a member, and the committee, can answer."""

    PROMOTE = "promote"
    NOT_YET = "not_yet"
    DEFER = "defer"


class Confidence(StrEnum):
    """How sure a member is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


OVERALL_WORDS: Mapping[str, Text] = {
    Overall.PROMOTE: text("Promote"),
    Overall.NOT_YET: text("Not yet"),
    Overall.DEFER: text("Defer"),
}
CONFIDENCE_WORDS: Mapping[str, Text] = {
    Confidence.LOW: text("Unsure"),
    Confidence.MEDIUM: text("Fairly sure"),
    Confidence.HIGH: text("Sure"),
}


@dataclass(frozen=True)
class LineDraft:
    """What a ballot says on one criterion; `value` 1 to 5, `anchors` are `e:<evidence id>` and `f:<feedback id>`."""

    value: int | None = None
    cannot_judge: bool = False
    reason: str = ""
    anchors: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Tell whether it says anything: a rating, or that the packet does not let one tell."""
        return self.value is not None or self.cannot_judge

    @property
    def choice(self) -> int | None:
        """Return the value as the form has it: 0 for "I cannot tell"."""
        return 0 if self.cannot_judge else self.value


@dataclass(frozen=True)
class BallotDraft:
    """A whole ballot as it is being filled in."""

    lines: Mapping[str, LineDraft] = field(default_factory=dict)
    overall: str | None = None
    confidence: str | None = None
    reason: str = ""


def find_faults(draft: BallotDraft, criteria: Collection[str], anchors: Collection[str]) -> list[Fault]:
    """Return what can never be kept, not even as a draft: unknown words, ratings or anchors, and texts too long."""
    faults = [Fault(text("There is no such criterion"), field="ballot") for each in draft.lines if each not in criteria]
    for criterion, line in draft.lines.items():
        if line.value is not None and line.value not in SCALE:
            faults.append(Fault(text("There is no such rating"), text("one of the five"), field=f"rating-{criterion}"))
        if len(line.reason) > MAX_WORDS:
            faults.append(_too_long(f"reason-{criterion}"))
        if not set(line.anchors) <= set(anchors):
            faults.append(Fault(text("Something cited is not in this packet"), field=f"cites-{criterion}"))
    if draft.overall is not None and draft.overall not in tuple(Overall):
        faults.append(Fault(text("There is no such answer"), field="overall"))
    if draft.confidence is not None and draft.confidence not in tuple(Confidence):
        faults.append(Fault(text("There is no such answer"), field="confidence"))
    if len(draft.reason) > MAX_WORDS:
        faults.append(_too_long("reason"))
    return faults


def find_missing(draft: BallotDraft, criteria: Mapping[str, str], manager: Mapping[str, int | None]) -> list[Fault]:
    """Return what a ballot still needs before it can be cast; each fault names the field that mends it.

    Args:
        criteria: id -> name of what is rated.
        manager: the manager's final rating by criterion; whoever departs from it says why and cites the packet.
    """
    faults: list[Fault] = []
    for criterion, name in criteria.items():
        faults += _missing_on(criterion, name, draft.lines.get(criterion, LineDraft()), manager.get(criterion))
    if draft.overall is None:
        faults.append(Fault(text("Overall has no vote"), field="overall"))
    if draft.confidence is None:
        faults.append(Fault(text("Say how sure you are"), field="confidence"))
    if not draft.reason.strip():
        faults.append(Fault(text("Say what decides it for you"), field="reason"))
    return faults


def _missing_on(criterion: str, name: str, line: LineDraft, manager: int | None) -> Iterator[Fault]:
    if not line.is_given:
        yield Fault(text("%(name)s has no vote", name=name), field=f"rating-{criterion}")
        return
    if line.cannot_judge:
        if not line.reason.strip():
            yield Fault(text("%(name)s: say why you cannot tell", name=name), field=f"reason-{criterion}")
        return
    if line.value == manager:
        return
    if not line.reason.strip():
        what = text("%(name)s: say why you see it otherwise than the manager", name=name)
        yield Fault(what, field=f"reason-{criterion}")
    if not line.anchors:
        what = text("%(name)s: cite the packet, you see it otherwise than the manager", name=name)
        yield Fault(what, field=f"cites-{criterion}")


def _too_long(name: str) -> Fault:
    return Fault(text("This is too long"), text("at most %(count)s signs", count=MAX_WORDS), field=name)


@dataclass(frozen=True)
class CountedVote:
    """A vote that counts; `values` holds None where the member could not tell."""

    person_id: int
    overall: str
    values: Mapping[str, int | None]


@dataclass(frozen=True)
class Rules:
    """The cycle's rules of the ballot, from its policy."""

    quorum: int
    majority_above_percent: int
    discuss_from_spread: int


@dataclass(frozen=True)
class CriterionTally:
    """The votes on one criterion; the figures are None while nobody could tell."""

    criterion_id: str
    counts: Mapping[int, int]
    unable: int
    mean: float | None
    median: float | None
    spread: int | None
    is_in_doubt: bool


@dataclass(frozen=True)
class Tally:
    """What the votes say together. `outcome` is a suggestion; None where the committee has to talk first.

    `reasons` say why there is no suggestion.
    """

    outcome: Overall | None
    split: Mapping[Overall, int]
    criteria: tuple[CriterionTally, ...]
    reasons: tuple[Text, ...]

    @property
    def is_unanimous(self) -> bool:
        """Tell whether all votes give the same answer."""
        return sum(1 for count in self.split.values() if count) == 1

    @property
    def disagreement(self) -> float:
        """Return how far the votes lie apart, to order cases by: the answers first, then the ratings."""
        cast = sum(self.split.values())
        apart = 1 - max(self.split.values(), default=0) / cast if cast else 0.0
        return 10 * apart + sum(each.spread or 0 for each in self.criteria) / max(len(self.criteria), 1)


def count_votes(votes: Sequence[CountedVote], criteria: Mapping[str, str], rules: Rules) -> Tally:
    """Tally votes; a tie, a thin majority, or doubt on one criterion never gives an outcome.

    In doubt: two votes lie `discuss_from_spread` points apart, or the mean lies within one standard error of the
    bar (sample standard deviation over the root of the number of votes).

    Args:
        criteria: id -> name of what is rated, in the ladder's order.
    """
    split = {each: sum(vote.overall == each for vote in votes) for each in Overall}
    tallies = tuple(_count_criterion(each, votes, rules) for each in criteria)
    best = max(split.values())
    leading = [each for each, count in split.items() if count == best and count]
    is_tied = len(leading) > 1
    reasons: list[Text] = []
    if len(votes) < rules.quorum:
        reasons.append(
            plural(
                "%(count)s vote counts; the quorum is %(need)s",
                "%(count)s votes count; the quorum is %(need)s",
                len(votes),
                need=rules.quorum,
            )
        )
    elif is_tied:
        reasons.append(text("The votes are tied"))
    elif not (best * 100 > rules.majority_above_percent * len(votes) and best >= rules.quorum):
        reasons.append(_thin_majority(leading[0], best, len(votes), rules))
    doubtful = ", ".join(criteria[each.criterion_id] for each in tallies if each.is_in_doubt)
    if doubtful:
        reasons.append(text("In the zone of doubt: %(criteria)s", criteria=doubtful))
    return Tally(None if reasons else leading[0], split, tallies, tuple(reasons))


def find_dissent(votes: Sequence[CountedVote], outcome: str) -> tuple[int, ...]:
    """Return who voted otherwise than was decided, in the order of the votes."""
    return tuple(vote.person_id for vote in votes if vote.overall != outcome)


def _thin_majority(leading: Overall, best: int, cast: int, rules: Rules) -> Text:
    if best * 100 > rules.majority_above_percent * cast:  # two of three are a majority, and too few
        return text(
            "%(outcome)s has %(count)s of %(cast)s votes; it takes %(need)s that say the same",
            outcome=OVERALL_WORDS[leading],
            count=best,
            cast=cast,
            need=rules.quorum,
        )
    return text(
        "%(outcome)s has %(count)s of %(cast)s votes; that is no majority",
        outcome=OVERALL_WORDS[leading],
        count=best,
        cast=cast,
    )


def _count_criterion(criterion: str, votes: Sequence[CountedVote], rules: Rules) -> CriterionTally:
    given = [vote.values.get(criterion) for vote in votes]
    values = [value for value in given if value is not None]
    counts = dict(sorted(Counter(values).items()))
    if not values:
        return CriterionTally(criterion, counts, len(given), None, None, None, is_in_doubt=False)
    spread = max(values) - min(values)
    return CriterionTally(
        criterion_id=criterion,
        counts=counts,
        unable=len(given) - len(values),
        mean=float(mean(values)),
        median=float(median(values)),
        spread=spread,
        is_in_doubt=spread >= rules.discuss_from_spread or (spread > 0 and _is_near_bar(values)),
    )


def _is_near_bar(values: Sequence[int]) -> bool:
    """Tell whether the mean lies within one standard error of the bar; squared and in fractions, to be exact."""
    exact = [Fraction(value) for value in values]
    return (mean(exact) - BAR) ** 2 * len(exact) <= variance(exact)
