"""Which committee takes a case: the least loaded one whose members are free of conflicts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from review.domain.text import Text, plural, text
from review.domain.values import dataclass


class BelowReason(StrEnum):
    """Why somebody judges a case although they stand below its target level."""

    FEW = "few"
    FIELD = "field"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class CommitteeLoad:
    """A committee that could take a case: how many it has, its members, who chairs it, and grades that are known."""

    id: int
    name: str
    load: int
    member_ids: frozenset[int]
    chair_id: int | None
    deputy_id: int | None = None
    grades: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
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
    fit = [each for each in committees if _is_led(each, out) and len(each.member_ids - out) >= quorum]
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


def find_below(grades: Mapping[int, int], grade: int | None, out: Collection[int] = ()) -> tuple[int, ...]:
    """Return who of a committee stands below a target grade; who is out of the case anyway, or has no grade, does not.

    Args:
        grades: person -> grade, as far as they are known.
    """
    if grade is None:
        return ()
    return tuple(sorted(person for person, own in grades.items() if own < grade and person not in out))


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
