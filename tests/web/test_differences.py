"""Two versions of a text, word by word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.web.differences import MOST_WORDS, mark_additions, mark_changes


def test_changes_are_marked_by_words() -> None:
    assert mark_changes("It has held without her.", "It has held for months without her.") == [
        ("", "It has held "),
        ("ins", "for months "),
        ("", "without her."),
    ]
    assert mark_changes("one two three", "one four five") == [("", "one "), ("del", "two three"), ("ins", "four five")]


def test_additions_leave_out_what_is_gone() -> None:
    assert mark_additions("one two", "one three") == [("", "one "), ("ins", "three")]


def test_very_long_texts_are_compared_by_lines() -> None:
    lines = [f"line {number} of a long text\n" for number in range(MOST_WORDS)]
    changed = ["another beginning\n", *lines[1:]]
    assert mark_changes("".join(lines), "".join(changed)) == [
        ("del", lines[0]),
        ("ins", changed[0]),
        ("", "".join(lines[1:])),
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_both_texts_can_be_read_out_of_the_pieces(base: str, other: str) -> None:
    pieces = mark_changes(base, other)
    assert "".join(piece for kind, piece in pieces if kind != "ins") == base
    assert "".join(piece for kind, piece in pieces if kind != "del") == other
