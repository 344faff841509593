"""Two versions of a text, word by word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.web.differences import mark_additions, mark_changes, mark_lines


def test_changes_are_marked_by_words() -> None:
    assert mark_changes("It has held without her.", "It has held for months without her.") == [
        ("", "It has held "),
        ("ins", "for months "),
        ("", "without her."),
    ]
    assert mark_changes("one two three", "one four five") == [("", "one "), ("del", "two three"), ("ins", "four five")]


def test_additions_leave_out_what_is_gone() -> None:
    assert mark_additions("one two", "one three") == [("", "one "), ("ins", "three")]


def test_spaces_alone_are_a_change_too() -> None:
    assert mark_changes("one two", "one\ntwo three ") == [
        ("", "one"),
        ("del", " "),
        ("ins", "\n"),
        ("", "two"),
        ("ins", " three "),
    ]


def test_frequent_words_of_a_long_text_are_still_the_same_words() -> None:
    words = [f"word{number % 20}" for number in range(300)]
    assert mark_changes(" ".join(words), " ".join([*words[:150], "and", *words[150:]])) == [
        ("", " ".join(words[:150]) + " "),
        ("ins", "and "),
        ("", " ".join(words[150:])),
    ]


def test_one_word_of_fifty_thousand_characters_is_found() -> None:
    sentences = [f"Sentence {number} says the same as the others do." for number in range(1200)]
    base, other = " ".join(sentences), " ".join([*sentences[:500], "Sentence 500 says nothing.", *sentences[501:]])
    assert len(base) > 50_000
    assert [piece for piece in mark_changes(base, other) if piece[0]] == [
        ("del", "the same as the others do. "),
        ("ins", "nothing. "),
    ]


def test_what_would_take_long_is_left_whole() -> None:
    base, other = "a " * 25_000, "a b " * 12_500
    assert mark_changes(base, other) == [("del", base), ("ins", other)]
    base, other = "a\n" * 25_000, "a\nb\n" * 12_500
    assert mark_changes(base, other) == [("del", base), ("ins", other)]


def test_texts_made_to_be_slow_share_one_allowance() -> None:
    slow = [(f"old{number} " + "a " * 330, f"new{number} " + "a b " * 165) for number in range(20)]
    base = "".join(f"{old}\nSame {number}.\n" for number, (old, _) in enumerate(slow))
    other = "".join(f"{new}\nSame {number}.\n" for number, (_, new) in enumerate(slow))
    pieces = mark_changes(base, other)
    assert [("del", f"{old}\n") in pieces for old, _ in slow] == [False] + [True] * 19


def test_lines_of_a_cell_share_one_allowance_too() -> None:
    slow = [(f"old{number} " + "a " * 330 + "\n", f"new{number} " + "a b " * 165 + "\n") for number in range(3)]
    pieces = mark_lines("".join(old for old, _ in slow), "".join(new for _, new in slow))
    assert [("del", old) in pieces for old, _ in slow] == [False, True, True]
    assert mark_lines("a\n" * 400, "a\nb\n" * 400)[:2] == [("", "a\n"), ("del", "a\n")]


@given(st.text(max_size=60), st.text(max_size=60))
def test_both_texts_can_be_read_out_of_the_pieces(base: str, other: str) -> None:
    pieces = mark_changes(base, other)
    assert "".join(piece for kind, piece in pieces if kind != "ins") == base
    assert "".join(piece for kind, piece in pieces if kind != "del") == other
