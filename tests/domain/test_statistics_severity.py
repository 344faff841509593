"""Severity: the published table, and each gate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.statistics.agreement import find_mean_squares
from review.domain.statistics.severity import (
    Effect,
    Given,
    Spreads,
    find_components,
    find_links,
    find_questions,
    fit,
    usual_grid,
)

TABLE = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
RATED = [Given(person, rater, TABLE[person][rater]) for person in range(6) for rater in range(4)]
AT_HOME = dict.fromkeys(range(6), 0)


def cross_rated(managers: int, shift: float, *, people: int = 4) -> tuple[list[Given], dict[int, int]]:
    """Return teams whose people are rated by their manager and the next one; the first manager adds `shift`."""
    found, home = [], {}
    for person in range(managers * people):
        own = person % managers
        truth = 2.5 + (person % 3) * 0.5
        for rater in (own, (own + 1) % managers):
            found.append(Given(person, rater, truth + (shift if rater == 0 else 0.0)))
        home[person] = own
    return found, home


def test_the_components_of_the_published_table() -> None:
    """Persons, judges, noise."""
    found = find_components(find_mean_squares(np.array(TABLE, dtype=float)))
    assert tuple(round(each, 4) for each in found) == (2.5556, 5.2444, 1.0194)


def test_the_effects_of_the_published_table() -> None:
    """With those components each judge's effect, drawn towards none."""
    person, judge, noise = find_components(find_mean_squares(np.array(TABLE, dtype=float)))
    effects = fit(RATED, AT_HOME, {Spreads(judge, 0.0, person, noise): 1.0})
    assert [round(effects[rater].mean, 4) for rater in range(4)] == [2.3005, -2.7041, -0.9283, 1.3319]


@given(st.permutations(RATED), st.permutations(range(4)))
def test_neither_order_nor_numbers_matter(rows: list[Given], names: list[int]) -> None:
    """The same effects for the same judges, whatever they are called and whenever they rated."""
    grid = {Spreads(5.2444, 0.0, 2.5556, 1.0194): 1.0}
    renamed = [Given(each.person, names[each.rater], each.value) for each in rows]
    one, other = fit(RATED, AT_HOME, grid), fit(renamed, AT_HOME, grid)
    for rater in range(4):
        assert other[names[rater]].mean == pytest.approx(one[rater].mean)


def test_a_lenient_manager_is_asked_about() -> None:
    """Six managers in a ring, the first a whole point above the others on the same people."""
    rated, home = cross_rated(6, 1.0)
    found = find_questions(rated, home, frozenset(range(6)))
    assert set(found) == {0}
    assert 0.5 < found[0].mean < 1.0


def test_nobody_is_asked_about_where_all_rate_alike() -> None:
    """The same people rated the same."""
    rated, home = cross_rated(6, 0.0)
    assert find_questions(rated, home, frozenset(range(6))) == {}


def test_four_managers_are_too_few() -> None:
    """However clear it is."""
    rated, home = cross_rated(4, 2.0)
    assert find_questions(rated, home, frozenset(range(4))) == {}
    rated, home = cross_rated(5, 2.0)
    assert set(find_questions(rated, home, frozenset(range(5)))) == {0}


def test_two_groups_that_share_nobody_cannot_be_compared() -> None:
    """Two rings of five and six: nothing links them."""
    ring, home = cross_rated(6, 2.0)
    apart = [Given(each.person + 100, each.rater + 100, each.value) for each in ring]
    homes = home | {person + 100: rater + 100 for person, rater in home.items()}
    assert find_links([*ring, *apart]).sizes == (6, 6)
    assert find_questions([*ring, *apart], homes, frozenset(homes.values())) == {}


def test_three_linking_ratings_are_needed() -> None:
    """With two shared people nothing is asked of the first manager; with three it is."""
    others, home = cross_rated(6, 0.0)
    for count, expected in ((2, set()), (3, {99})):
        own = [Given(person, 99, 5.0) for person in range(count)]
        found = find_questions([*others, *own], home, frozenset({*range(6), 99}))
        assert set(found) == expected


@pytest.mark.parametrize(
    ("mean", "deviation", "is_clear"),
    [(0.2, 0.1, True), (0.199, 0.01, False), (-0.5, 0.3, True), (-0.5, 0.31, False), (0.5, 0.305, False)],
)
def test_what_is_clear(mean: float, deviation: float, is_clear: bool) -> None:
    """A fifth of a point, and a 90 % interval without none."""
    assert Effect(mean, deviation).is_clear is is_clear


def test_links_count_ratings_of_shared_people() -> None:
    """Two share one person; the third rated alone."""
    found = find_links([Given(1, 7, 3.0), Given(1, 8, 3.0), Given(2, 8, 2.0), Given(3, 9, 2.0)])
    assert (found.sizes, found.ratings, found.is_connected) == ((2, 1), {7: 1, 8: 1, 9: 0}, False)


def test_the_grid_weighs_each_spread_once() -> None:
    """Four of severity and team, three of person and noise; larger spreads are taken to be rarer."""
    grid = usual_grid()
    assert len(grid) == 4 * 4 * 3 * 3
    assert min(grid.values()) > 0
