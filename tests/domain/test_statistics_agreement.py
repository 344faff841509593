"""Agreement: the published tables, and what must not matter."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.statistics.agreement import (
    Metric,
    coincidences,
    count_values,
    estimate_alpha,
    estimate_mean_agreement,
    estimate_pairs,
    find_mean_squares,
    gwet_ac1,
    intraclass,
    krippendorff_alpha,
)
from review.domain.statistics.figure import NOT_MEASURABLE, Estimate, too_few

SCALE = range(1, 6)
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
KRIPPENDORFF = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
UNITS = tuple(
    tuple(None if sign == "." else int(sign) for sign in column) for column in zip(*KRIPPENDORFF, strict=True)
)
Units = list[tuple[int | None, ...]]
units = st.lists(
    st.tuples(*(st.one_of(st.none(), st.integers(1, 5)) for _ in range(4))).filter(any), min_size=2, max_size=25
)


def alpha(given_units: Units, metric: Metric = Metric.ORDINAL) -> float:
    """Return alpha of units on a scale from 1 to 5."""
    return krippendorff_alpha(count_values(given_units, SCALE), SCALE, metric)


def is_same(one: float, other: float) -> bool:
    """Tell whether two figures are one, both may be missing."""
    return (isnan(one) and isnan(other)) or one == pytest.approx(other)


def test_the_table_of_shrout_and_fleiss() -> None:
    """Six targets and four judges, 1979, table 4."""
    found = {name: round(value, 2) for name, value in intraclass(find_mean_squares(SHROUT_FLEISS)).items()}
    assert found == {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}


@pytest.mark.parametrize(
    ("metric", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_the_table_of_krippendorff(metric: str, value: float) -> None:
    """Four observers, twelve units, missing values, 2011, example C."""
    assert round(alpha(list(UNITS), Metric(metric)), 3) == value


def test_gwet_stays_where_alpha_falls() -> None:
    """Of 10 yes-or-no votes of two one differs: by hand, p_a = .9, p_e = 2 · .95 · .05."""
    counts = np.array([[2, 0]] * 9 + [[1, 1]], dtype=float)
    assert gwet_ac1(counts) == pytest.approx((0.9 - 0.095) / (1 - 0.095))


def test_one_way_agreement_of_means_is_that_of_the_whole_table() -> None:
    """ICC(1,k) of targets with as many judgements each is that of Shrout and Fleiss, and needs no whole table."""
    found = estimate_mean_agreement([*map(tuple, SHROUT_FLEISS), *map(tuple, SHROUT_FLEISS + 1e-9)])
    squares = find_mean_squares(np.vstack([SHROUT_FLEISS, SHROUT_FLEISS + 1e-9]))
    assert found.value == pytest.approx(intraclass(squares)["1,k"])


@pytest.mark.parametrize(("n", "has_number"), [(9, False), (10, True), (29, True), (30, True)])
def test_nothing_is_told_below_ten_units(n: int, has_number: bool) -> None:
    """Nine units give no number but the reason; ten do, with an interval around it."""
    parts = coincidences(
        count_values([(1 + k % 5, 1 + k % 5 - (k % 7 == 0 and k % 5 > 0), 3) for k in range(n)], SCALE)
    )
    found = estimate_alpha(parts, SCALE)
    assert found.n == n
    if not has_number:
        assert found == Estimate(9, withheld=too_few(9))
        assert str(found.withheld) == "9 are here; it is told from 10 on"
    else:
        assert found.value is not None
        assert found.interval is not None
        assert found.interval.low < found.value < found.interval.high


def test_no_variation_cannot_be_measured() -> None:
    """Where everybody always gives a 4, nothing tells agreement from habit."""
    parts = coincidences(count_values([(4, 4, 4)] * 12, SCALE))
    assert estimate_alpha(parts, SCALE) == Estimate(12, withheld=NOT_MEASURABLE)
    assert estimate_mean_agreement([(4, 4)] * 12) == Estimate(12, withheld=NOT_MEASURABLE)


def test_units_with_one_judgement_count_for_nothing() -> None:
    """Nobody is there to agree with."""
    lonely = [(3, None, None)] * 30
    assert estimate_alpha(coincidences(count_values(lonely, SCALE)), SCALE).n == 0
    assert estimate_mean_agreement([(3.0,)] * 30).n == 0


def test_pairs_are_counted_over_whole_groups() -> None:
    """Ten groups of two units, half of whose pairs agree."""
    counts = count_values([(2, 2), (2, 3)] * 10, SCALE)
    found = estimate_pairs(counts, [k // 2 for k in range(20)])
    assert (found.n, found.value) == (10, 0.5)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (0.5, 0.5)


@given(units, st.permutations(range(4)), st.sampled_from(list(Metric)))
def test_raters_have_no_names(found: Units, order: list[int], metric: Metric) -> None:
    """Whoever gave which value of a unit does not matter."""
    assert is_same(alpha(found, metric), alpha([tuple(unit[k] for k in order) for unit in found], metric))


@given(units.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_units_does_not_matter(pair: tuple[Units, Units]) -> None:
    """Nor does it to the interval, which draws units."""
    one, other = (estimate_alpha(coincidences(count_values(each, SCALE)), SCALE) for each in pair)
    assert one.n == other.n
    assert one.withheld == other.withheld
    if one.value is not None and other.value is not None:
        assert one.value == pytest.approx(other.value)
    if one.interval and other.interval:
        assert (one.interval.low, one.interval.high) == pytest.approx((other.interval.low, other.interval.high))


@given(units)
def test_alpha_is_one_at_most(found: Units) -> None:
    """Only units on which all agree come to 1."""
    value = alpha(found)
    assert isnan(value) or value <= 1 + 1e-12
    pairs = [{each for each in unit if each} for unit in found if sum(each is not None for each in unit) > 1]
    if not isnan(value) and all(len(each) == 1 for each in pairs):
        assert value == pytest.approx(1)
