"""The order of a committee's cases: what can be agreed together, what is talked about first, who leaves once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from review.domain.ballot import Overall, Tally
from review.domain.text import Text, plural, text
from review.domain.values import dataclass


@dataclass(frozen=True)
class AgendaCase:
    """A case to be put in order. `tally` is None until its votes are revealed: before, no vote moves it.

    `out_ids` are the members who leave the room for it; `is_pulled` when a member wants to talk about it although the
    votes agree; `missing` says what has to be done before what they agree on can be decided.
    """

    case_id: int
    out_ids: frozenset[int] = frozenset()
    tally: Tally | None = None
    is_pulled: bool = False
    missing: tuple[Text, ...] = ()

    @property
    def is_agreed(self) -> bool:
        """Tell whether the votes give one answer, nobody doubts it and nobody wants to talk about it."""
        tally = self.tally
        return tally is not None and tally.is_unanimous and tally.outcome is not None and not self.is_pulled


@dataclass(frozen=True)
class Agenda:
    """Case ids in order: to be talked about, agreed but not ready, to be agreed together, and still sealed."""

    discuss: tuple[int, ...]
    waiting: tuple[int, ...]
    consent: tuple[int, ...]
    sealed: tuple[int, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Return all cases, one after another."""
        return (*self.discuss, *self.waiting, *self.consent, *self.sealed)


def find_missing(outcome: Overall, *, gaps_named: int, gaps_unanswered: int) -> tuple[Text, ...]:
    """Return what has to be done before an outcome can be decided; a deferral needs neither gaps nor answers."""
    missing = []
    if gaps_unanswered and outcome is not Overall.DEFER:
        missing.append(
            plural(
                "%(count)s gap of an earlier case has no answer yet",
                "%(count)s gaps of an earlier case have no answer yet",
                gaps_unanswered,
            )
        )
    if outcome is Overall.NOT_YET and not gaps_named:
        missing.append(text("Name at least one gap: what is missing, and when it is looked at again"))
    return tuple(missing)


def find_first_speaker(members: Sequence[int], turn: int, able: Collection[int]) -> int | None:
    """Return who speaks first on a case: members take turns, and who may not vote on it passes the turn on.

    Where all may vote on all cases, nobody begins more than once more often than anybody else.

    Args:
        members: everybody who takes turns, in the committee's order.
        turn: which of the committee's cases it is, from 0; it never changes, so neither does the answer.
        able: who may vote on the case.
    """
    start = turn % len(members) if members else 0
    return next((each for each in (*members[start:], *members[:start]) if each in able), None)


def order_cases(cases: Iterable[AgendaCase]) -> Agenda:
    """Put cases in order: revealed ones by disagreement, unanimous ones without doubt on the consent list.

    A unanimous case that a member took off the list is talked about. Cases for which the same members are out stand
    together, and next to those that share people with them, so that each leaves once where that can be.
    """
    discuss: list[AgendaCase] = []
    waiting: list[AgendaCase] = []
    consent: list[AgendaCase] = []
    sealed: list[AgendaCase] = []
    for case in sorted(cases, key=lambda each: each.case_id):
        if case.tally is None:
            sealed.append(case)
        elif not case.is_agreed:
            discuss.append(case)
        elif case.missing:
            waiting.append(case)
        else:
            consent.append(case)
    return Agenda(_group(discuss), _group(waiting), _group(consent), _group(sealed))


def _group(cases: list[AgendaCase]) -> tuple[int, ...]:
    """Put groups with the same people out one after another, each next to the one it shares most people with."""
    groups: dict[frozenset[int], list[AgendaCase]] = {}
    for case in sorted(cases, key=_disagreement, reverse=True):
        groups.setdefault(case.out_ids, []).append(case)
    waiting, current = list(groups), frozenset[int]()
    ordered: list[frozenset[int]] = []
    while waiting:
        # max() keeps the first of equals: the group with the most disagreement
        current = max(waiting, key=lambda out: len(out & current) - len(out ^ current) / 100 if ordered else 0)
        waiting.remove(current)
        ordered.append(current)
    return tuple(case.case_id for out in _settle(ordered) for case in groups[out])


def _settle(order: list[frozenset[int]]) -> list[frozenset[int]]:
    """Move one group at a time to where people leave the room less often, as long as there is such a place."""
    while True:
        best = min(_moves(order), key=_count_leavings, default=order)
        if _count_leavings(best) >= _count_leavings(order):
            return order
        order = best


def _moves(order: list[frozenset[int]]) -> Iterator[list[frozenset[int]]]:
    for here, out in enumerate(order):
        rest = order[:here] + order[here + 1 :]
        for to in range(len(order)):
            yield [*rest[:to], out, *rest[to:]]


def _count_leavings(order: list[frozenset[int]]) -> int:
    """Count how often somebody leaves the room who was in it for the case before."""
    return sum(len(out - before) for before, out in zip([frozenset[int](), *order], order, strict=False))


def _disagreement(case: AgendaCase) -> float:
    return case.tally.disagreement if case.tally else 0.0
