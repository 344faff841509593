"""Whole numbers as they are sent."""

from __future__ import annotations

import pytest

from review.domain.numbers import MOST, find_number, whole_number


def test_largest_that_a_row_holds() -> None:
    assert [whole_number(str(MOST)), whole_number(-MOST)] == [2147483647, -2147483647]


@pytest.mark.parametrize("given", [MOST + 1, str(-MOST - 1), "9" * 400, "", "²", "1.0", "one"])
def test_no_number_of_a_row(given: str | int) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - `int` says it in its own words
        whole_number(given)


@pytest.mark.parametrize(
    ("given", "found"),
    [("0", 0), ("7", 7), (7, 7), ("٣", 3), (str(MOST), MOST), (str(MOST + 1), None), ("9" * 5000, None)]
    + [(given, None) for given in ("", None, "None", "-1", "²", "1.0", "one", " 1")],
)
def test_number_that_may_have_been_sent(given: object, found: int | None) -> None:
    assert find_number(given) == found
