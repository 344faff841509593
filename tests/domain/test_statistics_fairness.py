"""Fairness: the values of the design, each threshold from both sides, and who stays hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.statistics.fairness import (
    Rate,
    compare,
    count_holm,
    find_hidden,
    find_power,
    fisher,
    fisher_mid,
    holds_with_one_more,
    impact_ratio,
    is_below_four_fifths,
    stratified_mid,
    stratified_statistic,
)

LEVELS = [(Rate(8, 10), Rate(16, 20)), (Rate(4, 20), Rate(2, 10))]
rates = st.integers(1, 40).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))


def test_four_fifths_in_whole_numbers() -> None:
    """Of 60, 45, 48 and 51 of a hundred the ratios are 75, 80 and 85 %: only the first is below."""
    best = Rate(60, 100)
    groups = [Rate(45, 100), Rate(48, 100), Rate(51, 100)]
    assert [round(impact_ratio(each, best), 2) for each in groups] == [0.75, 0.80, 0.85]
    assert [is_below_four_fifths(each, best) for each in groups] == [True, False, False]


@pytest.mark.parametrize("factor", [1, 3, 7, 11, 1000])
def test_eighty_exactly_is_not_below(factor: int) -> None:
    """Whatever the sizes: floating point would now and then say otherwise."""
    assert not is_below_four_fifths(Rate(4 * factor, 7 * factor), Rate(5, 7))
    assert is_below_four_fifths(Rate(4 * factor - 1, 7 * factor), Rate(5, 7))


def test_the_clear_example() -> None:
    """12 of 40 against 48 of 80."""
    group, best = Rate(12, 40), Rate(48, 80)
    assert round(impact_ratio(group, best), 2) == 0.5
    assert round(fisher(group, best), 5) == 0.00341
    found = compare(group, best, [(group, best)])
    assert found is not None
    assert found.is_signal


def test_the_small_example() -> None:
    """1 of 10 against 3 of 20: two thirds, and nothing but chance; one more would turn it round."""
    group, best = Rate(1, 10), Rate(3, 20)
    assert round(impact_ratio(group, best), 3) == 0.667
    assert round(fisher_mid(group, best), 3) == 0.792
    assert not holds_with_one_more(group, best)


def test_levels_apart_tell_another_story_than_all_together() -> None:
    """Within each level the rates are equal; together they are two thirds of each other, as fewer are at the top."""
    group = Rate(sum(one.hits for one, _ in LEVELS), sum(one.n for one, _ in LEVELS))
    best = Rate(sum(other.hits for _, other in LEVELS), sum(other.n for _, other in LEVELS))
    assert [one.share == other.share for one, other in LEVELS] == [True, True]
    assert round(impact_ratio(group, best), 2) == 0.67
    assert stratified_statistic(LEVELS) == 0
    chance = stratified_mid(LEVELS)
    assert chance is not None
    assert chance > 0.8


def test_one_level_is_the_plain_test() -> None:
    """Of a single level the conditional test is Fisher's."""
    pair = (Rate(12, 40), Rate(48, 80))
    assert stratified_mid([pair]) == pytest.approx(fisher_mid(*pair))
    assert stratified_mid([(Rate(0, 0), Rate(3, 20))]) is None
    assert stratified_statistic([(Rate(0, 0), Rate(3, 20))]) is None


@pytest.mark.parametrize(
    ("group", "best", "is_tested"),
    [
        (Rate(4, 9), Rate(10, 12), False),
        (Rate(4, 10), Rate(10, 12), True),
        (Rate(1, 10), Rate(3, 20), False),
        (Rate(1, 10), Rate(4, 20), True),
        (Rate(1, 20), Rate(8, 9), False),
    ],
)
def test_nothing_is_tested_below_ten_people_or_five_who_went_through(group: Rate, best: Rate, is_tested: bool) -> None:
    """Nine, ten; four, five."""
    assert (compare(group, best, []) is not None) is is_tested


def test_a_signal_needs_all_three() -> None:
    """A ratio of 80 %, a difference that one person makes, a chance: none of these alone is a signal."""
    exactly = compare(Rate(400, 1000), Rate(500, 1000), [])
    assert exactly is not None
    assert exactly.chance < 0.001
    assert not exactly.is_signal
    by_chance = compare(Rate(3, 12), Rate(6, 12), [])
    assert by_chance is not None
    assert by_chance.ratio == 0.5
    assert not by_chance.is_signal
    group, best = Rate(79, 100), Rate(99, 100)
    turns = compare(group, best, [])
    assert turns is not None
    assert is_below_four_fifths(group, best)
    assert turns.chance < 0.05
    assert not holds_with_one_more(group, best)
    assert not turns.is_signal


def test_many_comparisons_are_taken_together() -> None:
    """The smallest of three must be below .05/3, the next below .05/2."""
    assert [count_holm(each) for each in ([0.01, 0.02, 0.9], [0.02, 0.9, 0.9], [0.01, 0.024, 0.04], [])] == [2, 0, 3, 0]


def test_power_grows_with_the_group() -> None:
    """Ten against ten would hardly show anything, thousands would always."""
    small, large = find_power(Rate(5, 10), Rate(5, 10)), find_power(Rate(2000, 4000), Rate(2000, 4000))
    assert round(small, 3) == 0.066
    assert large > 0.999


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"a": 20, "b": 10, "c": 5}, set()),
        ({"a": 20, "b": 10, "c": 4}, {"b", "c"}),
        ({"a": 20, "b": 3, "c": 4}, {"b", "c"}),
        ({"a": 20, "b": 1, "c": 2}, {"a", "b", "c"}),
        ({"a": 20, "b": 6, "c": 1, "d": 1}, {"b", "c", "d"}),
        ({"a": 4}, {"a"}),
        ({"a": 5, "b": 0}, set()),
    ],
)
def test_small_groups_stay_hidden_with_another(sizes: dict[str, int], hidden: set[str]) -> None:
    """Of four people nothing is shown, and nobody finds them by taking the others from all."""
    assert find_hidden(sizes) == hidden


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30)))
def test_what_is_hidden_cannot_be_told(sizes: dict[str, int]) -> None:
    """No shown group is small, and what is hidden is at least two groups, or all there are, and five people or all."""
    hidden = find_hidden(sizes)
    there = {name for name, size in sizes.items() if size}
    assert all(sizes[name] >= 5 for name in there - hidden)
    if hidden and hidden != there:
        assert len(hidden) >= 2
        assert sum(sizes[name] for name in hidden) >= 5


@given(rates, rates)
def test_the_test_does_not_mind_which_comes_first(one: Rate, other: Rate) -> None:
    """Nor whether those who went through are counted, or those who did not."""
    assert fisher_mid(one, other) == pytest.approx(fisher_mid(other, one))
    missed = (Rate(each.n - each.hits, each.n) for each in (one, other))
    assert fisher_mid(one, other) == pytest.approx(fisher_mid(*missed))
    assert fisher_mid(one, other) <= fisher(one, other) + 1e-9
