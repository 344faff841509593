"""The calibration grid: cells, order, narrowing, and what a change of a rating needs."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.calibration import (
    CODE_WORDS,
    Cell,
    ChangeCode,
    Changed,
    ChangeDraft,
    Given,
    GridRow,
    Only,
    Order,
    Round,
    View,
    arrange,
    count_ratings,
    find_change_faults,
)

GOOD = ChangeDraft(3, False, "weaker", "Leads others.", "Only once.", ("e:1",), 0)


def row(case_id: int, name: str, *, grade: int = 4, function: str = "Product", cell: Cell | None = None) -> GridRow:
    return GridRow(
        case_id=case_id, code=f"PR-{case_id}", candidate=name, function=function, from_level="IC3",
        to_level=f"IC{grade}", grade=grade, committee="A" if case_id % 2 else "B", state="Revealed",
        cells={"skill": cell or Cell(final=Given(4))}, split={},
    )  # fmt: skip


ANN = row(1, "Ann", grade=5)
BEN = row(2, "Ben", function="Design", cell=Cell(first_view=Given(2), final=Given(5), first=Round({4: 2, 3: 1})))
CAI = row(3, "Cai", cell=Cell(final=Given(3), first=Round({2: 1, 5: 2}), last=Round({2: 1, 4: 2}, unable=1)))
DEE = row(4, "Dee", cell=Cell(final=Given(4), changed=Changed(3)))
ROWS = (DEE, CAI, BEN, ANN)


@pytest.mark.parametrize(
    ("view", "names"),
    [
        (View(), "Ann Ben Cai Dee"),
        (View(Order.LEVEL), "Ben Cai Dee Ann"),
        (View(Order.FUNCTION), "Ben Ann Cai Dee"),
        (View(Order.VOTES), "Cai Ben Ann Dee"),
        (View(Order.RATINGS), "Ben Ann Cai Dee"),
        (View(only=Only.CHANGED), "Dee"),
        (View(only=Only.VOTES_APART), "Cai"),
        (View(only=Only.RATINGS_APART), "Ben"),
        (View(to_level="IC5"), "Ann"),
        (View(committee="B"), "Ben Dee"),
    ],
)
def test_rows_are_put_in_order_and_narrowed(view: View, names: str) -> None:
    assert " ".join(each.candidate for each in arrange(ROWS, view)) == names


def test_a_cell_keeps_every_judgement_and_tells_which_stands() -> None:
    cell = Cell(first_view=Given(2), final=Given(4), second=Given(None), changed=Changed(3))
    assert (cell.stands, cell.final, cell.distance) == (Given(3), Given(4), 2)
    assert Cell(changed=Changed(None), final=Given(4)).stands == Given(None)
    assert (Cell().stands, Cell().distance, Cell().vote_spread) == (None, 0, 0)


def test_votes_have_a_mean_and_a_spread_and_who_cannot_tell_is_in_neither() -> None:
    votes = Round({2: 1, 4: 2}, unable=3)
    assert (votes.mean, votes.spread) == (10 / 3, 2)
    assert (Round({}, 2).mean, Round({}, 2).spread) == (None, None)
    cell = Cell(first=Round({5: 1, 1: 1}), last=votes)
    assert (cell.votes, cell.vote_spread) == (votes, 2)


def test_each_word_is_counted_as_it_stands() -> None:
    cannot = row(5, "Eve", cell=Cell(final=Given(None)))
    unseen = row(6, "Fay", cell=Cell())
    assert count_ratings((*ROWS, cannot, unseen), "skill") == {1: 0, 2: 0, 3: 2, 4: 1, 5: 1, 0: 1}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"value": None}, ["value"]),
        ({"value": 4}, ["value"]),
        ({"value": 9}, ["value"]),
        ({"value": None, "cannot_judge": True}, []),
        ({"code": "because"}, ["code"]),
        ({"sentence": "My own words."}, ["sentence"]),
        ({"reason": " \n"}, ["reason"]),
        ({"reason": "x" * 4001}, ["reason"]),
        ({"anchors": ()}, ["cites"]),
        ({"anchors": ("e:1", "e:99")}, ["cites"]),
        ({"value": 4, "code": "", "sentence": "", "reason": "", "anchors": ()},
         ["value", "code", "sentence", "reason", "cites"]),
    ],
)  # fmt: skip
def test_a_change_needs_kind_sentence_reason_and_source(change: dict[str, object], fields: list[str]) -> None:
    faults = find_change_faults(replace(GOOD, **change), 4, {"Leads others."}, {"e:1", "f:2"})  # type: ignore[arg-type]
    assert [each.field for each in faults] == fields


def test_who_could_not_tell_before_may_tell_now() -> None:
    assert find_change_faults(GOOD, None, {"Leads others."}, {"e:1"}) == []


VALUES = st.none() | st.integers(1, 5)
GIVENS = st.none() | st.builds(Given, VALUES)
VOTED = st.none() | st.builds(Round, st.dictionaries(st.integers(1, 5), st.integers(1, 30)), st.integers(0, 30))
CELLS = st.builds(
    Cell,
    first_view=GIVENS,
    final=GIVENS,
    second=GIVENS,
    first=VOTED,
    last=VOTED,
    changed=st.none() | st.builds(Changed, VALUES),
)
GRID = st.lists(
    st.builds(
        row,
        st.integers(1, 40),
        st.sampled_from(["Ann", "Ben", "Cai"]),
        grade=st.integers(4, 6),
        function=st.sampled_from(["Design", "Product"]),
        cell=CELLS,
    ),
    unique_by=lambda each: each.case_id,
)
VIEWS = st.builds(
    View, st.sampled_from(Order), st.sampled_from(Only), st.sampled_from(["", "IC5"]), st.sampled_from(["", "A"])
)


@given(GRID, VIEWS, st.randoms())
def test_a_view_keeps_what_fits_and_its_order_whatever_comes_first(
    rows: list[GridRow], view: View, random: Random
) -> None:
    shown = arrange(rows, view)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert arrange(shuffled, view) == shown
    kept = {each.case_id for each in rows if fits(each, view)}
    assert sorted(each.case_id for each in shown) == sorted(kept)


def fits(each: GridRow, view: View) -> bool:
    cell = each.cells["skill"]
    ratings = [one.value for one in (cell.first_view, cell.final, cell.second) if one and one.value]
    votes = [*(cell.last or cell.first or Round()).counts]
    is_kept = {
        Only.ALL: True,
        Only.CHANGED: cell.changed is not None,
        Only.VOTES_APART: bool(votes) and max(votes) >= min(votes) + 2,
        Only.RATINGS_APART: bool(ratings) and max(ratings) >= min(ratings) + 2,
    }[view.only]
    return is_kept and view.to_level in ("", each.to_level) and view.committee in ("", each.committee)


@given(VOTED)
def test_the_mean_is_that_of_every_vote_written_out(voted: Round | None) -> None:
    if voted is None:
        return
    values = [value for value, count in voted.counts.items() for _ in range(count)]
    assert voted.mean == (sum(values) / len(values) if values else None)
    assert voted.spread == (max(values) - min(values) if values else None)


@given(GRID)
def test_every_rating_that_stands_is_counted_once(rows: list[GridRow]) -> None:
    standing = [each.cells["skill"].changed or each.cells["skill"].final for each in rows]
    values = [each.value or 0 for each in standing if each]
    assert count_ratings(rows, "skill") == {value: values.count(value) for value in range(6)}


def test_each_reason_for_a_change_has_its_own_words() -> None:
    assert set(CODE_WORDS) == set(ChangeCode)
    assert len({str(words) for words in CODE_WORDS.values()}) == len(ChangeCode)
