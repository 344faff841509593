"""Which committee takes a case."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from review.domain.seating import CommitteeLoad, Spread, choose_committee, is_there_one

A = CommitteeLoad(1, "A", 2, frozenset({10, 11, 12, 13}), 10, 11)
B = CommitteeLoad(2, "B", 1, frozenset({20, 21, 22, 23}), 20)


@pytest.mark.parametrize(
    ("barred", "chosen", "why"),
    [
        (set(), 2, "Nobody on it has a conflict; 1 case so far"),
        ({21}, 1, "Nobody on it has a conflict; 2 cases so far"),
        ({21, 12}, 2, "1 member has a conflict, fewer than elsewhere; 1 case so far"),
        ({20}, 1, "Nobody on it has a conflict; 2 cases so far"),
        # A's deputy can lead it
        ({20, 10}, 1, "1 member has a conflict, fewer than elsewhere; 2 cases so far"),
        ({20, 10, 11}, None, "No committee has a chair without a conflict and enough members who can vote"),
        ({21, 22, 12, 13}, None, "No committee has a chair without a conflict and enough members who can vote"),
    ],
)
def test_the_least_loaded_committee_without_conflicts(barred: set[int], chosen: int | None, why: str) -> None:
    choice = choose_committee([A, B], barred, 3)
    assert (choice.committee_id, str(choice.reason)) == (chosen, why)


@pytest.mark.parametrize(
    ("grade", "barred", "chosen", "why"),
    [
        (None, set(), 2, "Nobody on it has a conflict; 1 case so far"),
        (3, set(), 2, "Nobody on it has a conflict; 1 case so far"),
        (4, set(), 1, "Nobody on it has a conflict; 2 cases so far"),
        # who leaves the room judges nobody
        (4, {21}, 1, "Nobody on it has a conflict; 2 cases so far"),
        (4, {21, 12}, 2, "1 member has a conflict, fewer than elsewhere; 1 case so far"),
        (6, set(), 2, "1 member stands below the target level. Nobody on it has a conflict; 1 case so far"),
    ],
)
def test_a_committee_where_nobody_stands_below_the_target_comes_first(
    grade: int | None, barred: set[int], chosen: int, why: str
) -> None:
    committees = [replace(A, grades={10: 5, 11: 5, 13: 7}), replace(B, grades={20: 6, 21: 3})]
    choice = choose_committee(committees, barred, 3, grade=grade)
    assert (choice.committee_id, str(choice.reason)) == (chosen, why)


def draw_committees(draw: Random) -> list[CommitteeLoad]:
    """Return some committees of three to six of thirty people; some people sit on several, some have no grade."""
    found = []
    for number in range(1, draw.randint(4, 12)):
        members = draw.sample(range(30), draw.randint(3, 6))
        grades = {each: draw.randint(1, 8) for each in members if draw.random() < 0.8}
        chair, deputy = (draw.choice([None, *members]), draw.choice([None, *members]))
        found.append(CommitteeLoad(number, f"C{number}", draw.randint(0, 3), frozenset(members), chair, deputy, grades))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_many_cases_are_spread_as_each_by_itself_would_be(seed: int) -> None:
    draw = Random(seed)
    committees, quorum = draw_committees(draw), draw.randint(1, 4)
    spread, left = Spread(committees, quorum), {each.id: each for each in committees}
    chosen = []
    for _ in range(60):
        barred = frozenset(draw.sample(range(30), draw.choice([0, 0, 1, 2, 8])))
        grade = draw.choice([None, 3, 5, 9])
        alone = choose_committee(tuple(left.values()), barred, quorum, grade=grade)
        assert spread.choose(barred, grade) == alone
        if alone.committee_id is not None:
            taken = left[alone.committee_id]
            left[taken.id] = replace(taken, load=taken.load + 1)
        chosen.append(alone.committee_id)
    assert len(set(chosen)) > 1


@pytest.mark.parametrize("seed", range(10))
def test_there_is_one_wherever_one_would_be_chosen(seed: int) -> None:
    draw = Random(seed)
    found = set()
    for _ in range(60):
        committees, quorum = draw_committees(draw)[:2], draw.randint(1, 4)
        barred = frozenset(draw.sample(range(30), draw.choice([0, 2, 8, 16])))
        is_chosen = choose_committee(committees, barred, quorum).committee_id is not None
        assert is_there_one(committees, barred, quorum) == is_chosen
        found.add(is_chosen)
    assert found == {True, False}
