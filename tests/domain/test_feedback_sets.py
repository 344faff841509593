"""Sets of answers that are read without names: whole, from the floor on, and never two that differ by a few."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.feedback_sets import Given, find_next_set, read_set


def case(answered: str, shown: str = "") -> list[Given]:
    return [Given(ord(each), each in answered, 1 if each in shown else None) for each in sorted({*answered, *shown})]


def letters(ids: Iterable[int] | None) -> str | None:
    return None if ids is None else "".join(sorted(map(chr, ids)))


@pytest.mark.parametrize(
    ("answered", "shown", "floor", "following"),
    [
        ("ab", "", 3, None),
        ("abc", "", 3, "abc"),
        ("abcd", "", 5, None),
        ("abcd", "abc", 3, None),
        ("abcde", "abc", 3, None),
        ("abcdef", "abc", 3, "abcdef"),
        ("bcdef", "abc", 3, "bcdef"),
        ("bcd", "abc", 3, None),
        ("ab", "abcde", 3, None),
        ("abc", "abc", 3, None),
    ],
)
def test_the_next_set_differs_by_the_floor_or_is_none(answered, shown, floor, following):
    assert letters(find_next_set(case(answered, shown), floor)) == following


def test_a_set_is_read_whole_or_not_at_all():
    assert letters(read_set(case("abcd", "abc"))) == "abc"
    assert letters(read_set(case("abd", "abc"))) == ""
    assert letters(read_set(case("abc"))) == ""


@given(st.integers(3, 5), st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=60))
def test_no_two_looks_one_after_the_other_differ_by_fewer_than_the_floor(floor, moves):
    answered: set[int] = set()
    shown: frozenset[int] = frozenset()
    looks = []
    for one, is_closed in moves:
        answered ^= {one}
        now = [Given(each, each in answered, 1 if each in shown else None) for each in answered | shown]
        following = find_next_set(now, floor) if is_closed else None
        if following is not None:
            shown = following
            now = [Given(each, each in answered, 1 if each in shown else None) for each in answered | shown]
        looks.append(read_set(now))
    assert {len(one ^ other) for one, other in pairwise([frozenset(), *looks])} <= {0, *range(floor, 20)}
    assert all(each <= answered for each in looks[-1:])
