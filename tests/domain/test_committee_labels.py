"""Labels of committees: no two are the same, and what is written is found again."""

from __future__ import annotations

from review.domain.committee_labels import find_labelled, label_committees

NAMES = {4: "Design", 9: "Data", -3: "design", 12: "Sales"}


def test_committees_of_one_name_are_told_apart_by_number() -> None:
    assert label_committees(NAMES) == {4: "Design (4)", 9: "Data", -3: "design (3)", 12: "Sales"}


def test_a_committee_is_found_by_its_label_however_it_is_written() -> None:
    labels = label_committees(NAMES)
    assert [find_labelled(labels, words) for words in ("DATA", "design (4)", "Design", "", "Nowhere")] == [
        9, 4, None, None, None
    ]  # fmt: skip
