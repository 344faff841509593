"""What a gap must name, and that earlier gaps come first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from review.domain.gaps import AnswerDraft, GapDraft, find_answer_faults, find_gap_faults, is_new_gap, may_name_gaps

TODAY = date(2027, 1, 12)
SENTENCES = {"skill": ["Sets the method."], "care": ["Owns results."]}
GAP = GapDraft("skill", "Sets the method.", "One tool.", "A second one.", date(2027, 6, 1), "Coach two.")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"activity": ""}, []),
        ({"criterion_id": "charm"}, ["sentence"]),
        ({"sentence": "Owns results."}, ["sentence"]),
        ({"seen": " ", "missing": ""}, ["seen", "missing"]),
        ({"missing": "x" * 4001}, ["missing"]),
        ({"review_on": None}, ["review_on"]),
        ({"review_on": TODAY}, ["review_on"]),
    ],
)
def test_a_gap_is_whole(change: dict[str, object], fields: list[str]) -> None:
    faults = find_gap_faults(replace(GAP, **change), SENTENCES, TODAY)  # type: ignore[arg-type]
    assert [fault.field for fault in faults] == fields


def test_an_answer_cites_the_packet() -> None:
    assert find_answer_faults(AnswerDraft(True, "e:1", ""), {"e:1"}) == []
    assert [fault.field for fault in find_answer_faults(AnswerDraft(None, "", ""), {"e:1"})] == ["is_met", "anchor"]
    assert [fault.field for fault in find_answer_faults(AnswerDraft(False, "e:2", ""), {"e:1"})] == ["anchor"]


def test_old_gaps_come_before_new_ones() -> None:
    assert may_name_gaps(0) is None
    assert str(may_name_gaps(1)) == "First answer the gap of an earlier case"
    assert str(may_name_gaps(3)) == "First answer the 3 gaps of earlier cases"


def test_a_gap_that_was_named_before_is_not_new() -> None:
    earlier = [("skill", "Sets the method.")]
    assert not is_new_gap("skill", "Sets the method.", earlier)
    assert is_new_gap("care", "Sets the method.", earlier)
    assert is_new_gap("skill", "Coaches.", earlier)
