"""The order of a committee's cases: what can be agreed together, what is talked about first, who leaves once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from review.domain.ballot import Tally


@dataclass(frozen=True, slots=True)
class AgendaCase:
    """A case to be put in order. `tally` is None until its votes are revealed: before, no vote moves it.

    `out_ids` are the members who leave the room for it.
    """

    case_id: int
    out_ids: frozenset[int] = frozenset()
    tally: Tally | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """Case ids in order: to be talked about, to be agreed together, and still sealed."""

    discuss: tuple[int, ...]
    consent: tuple[int, ...]
    sealed: tuple[int, ...]


def order_cases(cases: Iterable[AgendaCase]) -> Agenda:
    """Put cases in order: revealed ones by disagreement, unanimous ones without doubt on the consent list.

    Cases for which the same members are out stand together, so that each leaves once.
    """
    discuss: list[AgendaCase] = []
    consent: list[AgendaCase] = []
    sealed: list[AgendaCase] = []
    for case in sorted(cases, key=lambda each: each.case_id):
        if case.tally is None:
            sealed.append(case)
        elif case.tally.is_unanimous and case.tally.outcome is not None:
            consent.append(case)
        else:
            discuss.append(case)
    return Agenda(_group(discuss), _group(consent), _group(sealed))


def _group(cases: list[AgendaCase]) -> tuple[int, ...]:
    """Put groups with the same people out one after another, each next to the one it shares most people with."""
    groups: dict[frozenset[int], list[AgendaCase]] = {}
    for case in sorted(cases, key=_disagreement, reverse=True):
        groups.setdefault(case.out_ids, []).append(case)
    waiting, current = list(groups), frozenset[int]()
    ordered: list[int] = []
    while waiting:
        # max() keeps the first of equals: the group with the most disagreement
        current = max(waiting, key=lambda out: len(out & current) - len(out ^ current) / 100 if ordered else 0)
        waiting.remove(current)
        ordered += [case.case_id for case in groups[current]]
    return tuple(ordered)


def _disagreement(case: AgendaCase) -> float:
    return case.tally.disagreement if case.tally else 0.0
