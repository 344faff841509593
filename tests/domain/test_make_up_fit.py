"""Matching many cases and committees: as many placed as can be, and nothing left to swap for the better."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from review.domain.make_up import CaseFacts, Part, Place, Sitter, Situation, Table, Wish
from review.domain.make_up_cases import propose_make_up
from review.domain.make_up_fit import FreeCommittees

PARTS = (Part.CHAIR, Part.DEPUTY, Part.MEMBER, Part.MEMBER, Part.MEMBER)


def situation(committees: int, cases: int, *, barred: int, most: int | None, seed: int) -> Situation:
    """Return committees of five with standing members, and cases that have none, with conflicts by chance."""
    chance, people = Random(seed), 5 * committees
    return Situation(
        names={number: f"Panel {number}" for number in range(1, committees + 1)},
        sitters={n: Sitter(n, f"Person {n}", "Data", chance.choice([None, 6, 7])) for n in range(1, people + 1)},
        places=tuple(Place((n - 1) // 5 + 1, n, PARTS[n % 5 - 1]) for n in range(1, people + 1)),
        cases=tuple(
            CaseFacts(n, f"PR-{n}", chance.choice([5, 6, 7]), frozenset(chance.sample(range(1, people + 1), barred)))
            for n in range(1, cases + 1)
        ),
        wish=Wish(committees, 5, 3, most, seed),
    )


def able(table: Table, case: CaseFacts) -> tuple[int, ...]:
    """Return the committees that can take a case, asked one by one."""
    return tuple(
        number
        for number in table.situation.names
        if table.why_not(case, number) is None and table.why_too_junior(case, number) is None
    )


def cost(table: Table, case: CaseFacts, committee: int) -> int:
    return len(table.out(case, committee)) + 2 * table.is_chair_out(case, committee)


def most_placed(fits: list[tuple[int, ...]], most: int) -> int:
    """Return how many cases can have a committee at all: augmenting paths, one seat of a committee at a time."""
    held: dict[tuple[int, int], int] = {}

    def find(case: int, seen: set[tuple[int, int]]) -> bool:
        for seat in ((number, place) for number in fits[case] for place in range(most)):
            if seat not in seen:
                seen.add(seat)
                if seat not in held or find(held[seat], seen):
                    held[seat] = case
                    return True
        return False

    return sum(find(case, set()) for case in range(len(fits)))


@pytest.mark.parametrize("seed", range(16))
def test_committees_are_judged_as_one_by_one(seed: int) -> None:
    facts = situation(6, 20, barred=8, most=None, seed=seed)
    table = Table(facts, facts.places)
    free = FreeCommittees(table)
    for case in facts.cases:
        assert free.able(case) == able(table, case)
        costs = free.costs(case)
        assert {n: costs.get(n, 0) for n in facts.names} == {n: cost(table, case, n) for n in facts.names}


@pytest.mark.parametrize("seed", range(16))
def test_as_many_cases_have_a_committee_as_can(seed: int) -> None:
    facts = situation(5, 15, barred=13, most=3, seed=seed)
    proposal = propose_make_up(facts)
    table = Table(facts, proposal.places)
    placed = sum(each.committee is not None for each in proposal.cases)
    assert placed == most_placed([able(table, case) for case in facts.cases], 3)


@pytest.mark.parametrize("seed", range(16))
def test_no_two_cases_would_better_change_places(seed: int) -> None:
    facts = situation(4, 20, barred=9, most=5, seed=seed)
    proposal = propose_make_up(facts)
    table, cases = Table(facts, proposal.places), {case.id: case for case in facts.cases}
    homes = {each.case_id: each.committee for each in proposal.cases if each.committee is not None}
    better = [
        (one, other)
        for one, other in combinations(homes, 2)
        if homes[other] in able(table, cases[one])
        and homes[one] in able(table, cases[other])
        and cost(table, cases[one], homes[other]) + cost(table, cases[other], homes[one])
        < cost(table, cases[one], homes[one]) + cost(table, cases[other], homes[other])
    ]
    assert better == []


def test_more_cases_than_all_may_have_leave_the_rest_out() -> None:
    facts = situation(40, 150, barred=0, most=3, seed=1)
    facts = Situation(
        facts.names,
        {n: Sitter(n, each.name, each.function) for n, each in facts.sitters.items()},
        facts.places,
        facts.cases,
        facts.wish,
    )
    left = [each for each in propose_make_up(facts).cases if each.committee is None]
    assert len(left) == 150 - 40 * 3
    said = {tuple(str(why) for why in dict(each.reason.values)["whys"]) for each in left}
    full = tuple(f"Panel {number} is full" for number in range(1, 31))
    assert said == {(*full, "10 more committees cannot either")}
