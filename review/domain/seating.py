"""Which committee takes a case: the least loaded one whose members are free of conflicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from review.domain.text import Text, plural, text


@dataclass(frozen=True, slots=True)
class CommitteeLoad:
    """A committee that could take a case: how many it has, its members, and who chairs it."""

    id: int
    name: str
    load: int
    member_ids: frozenset[int]
    chair_id: int | None
    deputy_id: int | None = None


@dataclass(frozen=True, slots=True)
class SeatingChoice:
    """The committee chosen, None where there is none, and why."""

    committee_id: int | None
    name: str
    reason: Text


def choose_committee(committees: Sequence[CommitteeLoad], barred: Collection[int], quorum: int) -> SeatingChoice:
    """Return the committee with the fewest members out, then with the fewest cases.

    A committee whose chair and deputy are both out, or where too few could vote, is no choice.

    Args:
        barred: who has a conflict with the case, whatever it means under the policy.
    """
    out = frozenset(barred)
    fit = [each for each in committees if _is_led(each, out) and len(each.member_ids - out) >= quorum]
    if not fit:
        return SeatingChoice(
            None, "", text("No committee has a chair without a conflict and enough members who can vote")
        )
    # a committee whose own chair may sit comes before one that would be led by its deputy
    best = min(fit, key=lambda each: (each.chair_id in out, len(each.member_ids & out), each.load, each.id))
    return SeatingChoice(best.id, best.name, _say(best, out))


def _is_led(committee: CommitteeLoad, out: frozenset[int]) -> bool:
    leaders = {committee.chair_id, committee.deputy_id} - {None}
    return bool(leaders - out)


def _say(best: CommitteeLoad, out: frozenset[int]) -> Text:
    missing = len(best.member_ids & out)
    cases = plural("%(count)s case so far", "%(count)s cases so far", best.load)
    if not missing:
        return text("Nobody on it has a conflict; %(cases)s", cases=cases)
    members = plural("%(count)s member has a conflict", "%(count)s members have a conflict", missing)
    return text("%(members)s, fewer than elsewhere; %(cases)s", members=members, cases=cases)
