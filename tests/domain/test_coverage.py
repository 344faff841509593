"""Coverage of functions by the people asked, and the balance of who is heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.coverage import FunctionCover, count_in_batches, measure_balance, plan_coverage


def test_required_functions_come_first_and_the_missing_are_named():
    coverage = plan_coverage(
        ["Engineering", "Design", "Data"],
        [("Sales", "Sam Tran"), ("Engineering", "Erin Malik"), ("Engineering", "Mika Saar"), ("Data", "Lena Fuchs")],
    )
    assert coverage.functions == (
        FunctionCover("Engineering", True, ("Erin Malik", "Mika Saar")),
        FunctionCover("Design", True, ()),
        FunctionCover("Data", True, ("Lena Fuchs",)),
        FunctionCover("Sales", False, ("Sam Tran",)),
    )
    assert (coverage.covered, coverage.missing) == (2, ("Design",))


def test_nobody_asked_leaves_every_required_function_missing():
    coverage = plan_coverage(["Engineering", "Design"], [])
    assert (coverage.covered, coverage.missing) == (0, ("Engineering", "Design"))


def test_a_person_without_a_function_covers_none():
    coverage = plan_coverage(["Design"], [("", "Sam Tran")])
    assert coverage.functions == (FunctionCover("Design", True, ()),)


@pytest.mark.parametrize(
    ("heard", "balance"),
    [([6, 1, 1, 0], 0.5306), ([2, 2, 2], 1.0), ([4, 0], 0.0)],
)
def test_balance_is_entropy_over_the_most_there_could_be(heard, balance):
    measured = measure_balance(heard)
    assert measured is not None
    assert round(measured, 4) == balance


@pytest.mark.parametrize("heard", [[1, 1, 1], [], [9], [0, 0]])
def test_balance_is_withheld_below_four_givers_and_for_a_single_function(heard):
    assert measure_balance(heard) is None


@given(st.lists(st.integers(0, 9), min_size=2, max_size=6))
def test_balance_stays_between_none_and_one(heard):
    measured = measure_balance(heard)
    assert measured is None or -1e-9 <= measured <= 1 + 1e-9


def test_answers_are_counted_in_batches_and_never_one_by_one():
    assert [count_in_batches(answers, 3) for answers in range(8)] == [None, None, None, 3, 3, 3, 6, 6]
    assert [count_in_batches(answers, 5) for answers in (4, 5, 9, 10)] == [None, 5, 5, 10]
