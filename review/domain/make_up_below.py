"""Who would come to judge a case below whose target level they stand, by a make-up of the committees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from review.domain.make_up import CaseFacts, Place, Situation
from review.domain.seating import find_below
from review.domain.text import Text, text
from review.domain.values import dataclass


@dataclass(frozen=True)
class NewBelow:
    """A case with the people on its committee who stand below its target and did not judge it before.

    `is_given`: the case comes to the committee; else the people do.
    """

    case_id: int
    code: str
    committee: int
    people: tuple[int, ...]
    is_given: bool


def find_new_below(
    situation: Situation, places: Iterable[Place], cases: Mapping[int, int | None]
) -> tuple[NewBelow, ...]:
    """Return what a make-up changes in who judges below a target; who does so already has had a reason once.

    Args:
        cases: case -> committee, for every case that can still be moved.
    """
    before, after = _members(situation.places), _members(places)
    found = []
    for case in situation.cases:
        committee = cases.get(case.id)
        if case.is_sealed or committee is None:
            continue
        is_given = committee != case.committee
        had = frozenset[int]() if is_given else before.get(committee, frozenset())
        if new := _below(situation, case, after.get(committee, frozenset()) - had):
            found.append(NewBelow(case.id, case.code, committee, new, is_given))
    return tuple(found)


def say_new_below(situation: Situation, found: Iterable[NewBelow]) -> tuple[Text, ...]:
    """Return who stands below what, case by case."""
    return tuple(
        text(
            "Below the target level of %(code)s: %(names)s",
            code=each.code,
            names=", ".join(situation.sitters[person].name for person in each.people),
        )
        for each in found
    )


def _members(places: Iterable[Place]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for place in places:
        found.setdefault(place.committee, set()).add(place.person_id)
    return {committee: frozenset(people) for committee, people in found.items()}


def _below(situation: Situation, case: CaseFacts, people: frozenset[int]) -> tuple[int, ...]:
    sitters = (situation.sitters[person] for person in people if person in situation.sitters)
    grades = {each.id: each.grade for each in sitters if each.grade is not None}
    return find_below(grades, case.grade, case.barred)
