"""Which committee takes a case: the least loaded one whose members are free of conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from heapq import heapify, heappop, heappush, heapreplace

from review.domain.text import Text, plural, text
from review.domain.values import dataclass


class BelowReason(StrEnum):
    """Why somebody judges a case although they stand below its target level."""

    FEW = "few"
    FIELD = "field"
    VIEW = "view"


@dataclass(frozen=True)
class CommitteeLoad:
    """A committee that could take a case: how many it has, its members, who chairs it, and grades that are known."""

    id: int
    name: str
    load: int
    member_ids: frozenset[int]
    chair_id: int | None
    deputy_id: int | None = None
    grades: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SeatingChoice:
    """The committee chosen, None where there is none, and why; `below` of its members stand below the target level."""

    committee_id: int | None
    name: str
    reason: Text
    below: int = 0


def choose_committee(
    committees: Sequence[CommitteeLoad], barred: Collection[int], quorum: int, *, grade: int | None = None
) -> SeatingChoice:
    """Return the committee where nobody stands below the target, then with the fewest members out and cases.

    A committee whose chair and deputy are both out, or where too few could vote, is no choice.

    Args:
        barred: who has a conflict with the case, whatever it means under the policy.
        grade: of the target level, where it is known.
    """
    out = frozenset(barred)
    fit = [each for each in committees if _is_able(each, out, quorum)]
    if not fit:
        return SeatingChoice(
            None, "", text("No committee has a chair without a conflict and enough members who can vote")
        )
    # a committee whose own chair may sit comes before one that would be led by its deputy
    best = min(
        fit,
        key=lambda each: (
            len(find_below(each.grades, grade, out)), each.chair_id in out, len(each.member_ids & out), each.load,
            each.id,
        ),
    )  # fmt: skip
    below = len(find_below(best.grades, grade, out))
    return SeatingChoice(best.id, best.name, _say(best, out, below), below)


def is_there_one(committees: Iterable[CommitteeLoad], barred: Collection[int], quorum: int) -> bool:
    """Tell whether choose_committee() would find one, whichever it is."""
    out = frozenset(barred)
    return any(_is_able(each, out, quorum) for each in committees)


class Spread:
    """Gives cases to committees one after the other, each as choose_committee() would; each choice adds to a load.

    Of the committees that no one's conflict touches only the first one counts, and a heap for each grade knows it: a
    case is compared with a few committees, however many there are.
    """

    def __init__(self, committees: Iterable[CommitteeLoad], quorum: int) -> None:
        self.left = {each.id: each for each in committees}
        self.quorum = quorum
        self.of_member: dict[int, list[int]] = {}
        self.orders: dict[int | None, list[tuple[int, int, int]]] = {}
        for each in self.left.values():
            for person in each.member_ids:
                self.of_member.setdefault(person, []).append(each.id)

    def choose(self, barred: Collection[int], grade: int | None) -> SeatingChoice:
        """Return the choice for the next case; barred and grade as in choose_committee()."""
        touched = {number for person in barred for number in self.of_member.get(person, ())}
        free = self._first_free(touched, grade)
        numbers = touched if free is None else touched | {free}
        choice = choose_committee([self.left[each] for each in numbers], barred, self.quorum, grade=grade)
        if choice.committee_id is not None:
            chosen = self.left[choice.committee_id]
            self.left[chosen.id] = replace(chosen, load=chosen.load + 1)
        return choice

    def _first_free(self, touched: Collection[int], grade: int | None) -> int | None:
        """Return the first of the committees that nobody is out of, None where there is none."""
        order = self._order(grade)
        passed, found = [], None
        while order and found is None:
            below, load, number = order[0]
            now = self.left[number].load
            if load != now:
                heapreplace(order, (below, now, number))
            elif number in touched:
                passed.append(heappop(order))
            else:
                found = number
        for each in passed:
            heappush(order, each)
        return found

    def _order(self, grade: int | None) -> list[tuple[int, int, int]]:
        """Return the committees that could decide without anybody out: members below the grade, load, number."""
        if grade not in self.orders:
            able = (each for each in self.left.values() if _is_able(each, frozenset(), self.quorum))
            self.orders[grade] = [(len(find_below(each.grades, grade)), each.load, each.id) for each in able]
            heapify(self.orders[grade])
        return self.orders[grade]


def find_below(grades: Mapping[int, int], grade: int | None, out: Collection[int] = ()) -> tuple[int, ...]:
    """Return who of a committee stands below a target grade; who is out of the case anyway, or has no grade, does not.

    Args:
        grades: person -> grade, as far as they are known.
    """
    if grade is None:
        return ()
    return tuple(sorted(person for person, own in grades.items() if own < grade and person not in out))


def _is_able(committee: CommitteeLoad, out: frozenset[int], quorum: int) -> bool:
    return _is_led(committee, out) and len(committee.member_ids - out) >= quorum


def _is_led(committee: CommitteeLoad, out: frozenset[int]) -> bool:
    leaders = {committee.chair_id, committee.deputy_id} - {None}
    return bool(leaders - out)


def _say(best: CommitteeLoad, out: frozenset[int], below: int) -> Text:
    if below:
        juniors = plural(
            "%(count)s member stands below the target level",
            "%(count)s members stand below the target level",
            below,
        )
        return text("%(juniors)s. %(rest)s", juniors=juniors, rest=_say(best, out, 0))
    missing = len(best.member_ids & out)
    cases = plural("%(count)s case so far", "%(count)s cases so far", best.load)
    if not missing:
        return text("Nobody on it has a conflict; %(cases)s", cases=cases)
    members = plural("%(count)s member has a conflict", "%(count)s members have a conflict", missing)
    return text("%(members)s, fewer than elsewhere; %(cases)s", members=members, cases=cases)
