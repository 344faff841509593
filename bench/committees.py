"""How fast a make-up is proposed: 200 cases, 6 committees of 9, 90 people who may sit, a report chain for each case."""

from __future__ import annotations

from random import Random
from statistics import median
from time import perf_counter

from review.domain.make_up import CaseFacts, Proposal, Sitter, Situation, Wish
from review.domain.make_up_cases import propose_make_up

CASES, COMMITTEES, SIZE, PEOPLE, ROUNDS = 200, 6, 9, 90, 5
FUNCTIONS = ("Product", "Engineering", "Design", "Data", "Sales", "Marketing", "Finance")
SEED = 2026


def measure_make_up() -> dict[str, object]:
    """Return the seconds of one proposal, the median of several rounds, and how good it is."""
    situation = _situation()
    rounds = []
    for _ in range(ROUNDS):
        began = perf_counter()
        proposal = propose_make_up(situation)
        rounds.append(perf_counter() - began)
    return {"make_up_s": round(median(rounds), 3), **_describe(proposal)}


def _describe(proposal: Proposal) -> dict[str, object]:
    placed = [each.committee for each in proposal.cases if each.committee is not None]
    loads = sorted(placed.count(number) for number in set(placed))
    return {
        "make_up_cases": len(proposal.cases),
        "make_up_placed": len(placed),
        "make_up_loads": f"{loads[0]} to {loads[-1]}",
        "make_up_members_out": sum(len(each.out) for each in proposal.cases),
    }


def _situation() -> Situation:
    """Return people of grades 4 to 7 and cases for 4 to 6; each case is closed to a chain, givers and a rater."""
    draw = Random(SEED)
    sitters = {
        number: Sitter(number, f"Person {number}", draw.choice(FUNCTIONS), draw.choice((None, None, 5, 6, 6, 7)))
        for number in range(1, PEOPLE + 1)
    }
    cases = tuple(
        CaseFacts(
            number,
            f"PR-{number:03}",
            draw.choices((4, 5, 6), (6, 3, 1))[0],
            frozenset(draw.sample(range(1, PEOPLE + 1), draw.randint(3, 9))),
        )
        for number in range(1, CASES + 1)
    )
    names = {-number: f"Committee {number}" for number in range(1, COMMITTEES + 1)}
    return Situation(names, sitters, (), cases, Wish(COMMITTEES, SIZE, 3, seed=SEED))
