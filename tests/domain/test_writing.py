"""Texts of people, made fit for paper."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.errors import Fault
from review.domain.text import text
from review.domain.writing import (
    BREAK,
    WORD_LIMIT,
    break_long_words,
    clean,
    clean_line,
    count_words,
    cut_line,
    faults_of_size,
)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("nul\x00 bell\x07 delete\x7f", "nul bell delete"),
        ("zero\u200bwidth\ufeff \u2060joined", "zerowidth joined"),
        ("\u202egnp.exe\u202c \u2066x\u2069", "gnp.exe x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e\u0301", "é"),
        ("half \ud83d", "half \ufffd"),
        ("a\tb", "a    b"),
        ("soft\u00adly", "softly"),
        ("a" + "\u0301\u0302" * 20, "\u00e1" + "\u0302\u0301" * 4),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467" * 3, "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 3),
    ],
)
def test_control_and_direction_signs_are_taken_out(typed, cleaned):
    assert clean(typed) == cleaned


@given(st.text())
def test_cleaning_is_done_once(typed):
    cleaned = clean(typed)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)


def test_a_name_stays_on_its_line():
    assert clean_line("Ada\r\nBcc: everybody\x00") == "Ada Bcc: everybody"


@given(st.text("ab \n", max_size=400))
def test_no_word_stays_longer_than_a_line_and_no_letter_is_lost(words):
    broken = break_long_words(words)
    assert broken.replace(BREAK, "") == words
    assert all(len(word) <= WORD_LIMIT for part in broken.split() for word in part.split(BREAK))


def test_words_of_a_usual_length_are_left_alone():
    assert break_long_words("short words and Donaudampfschifffahrt") == "short words and Donaudampfschifffahrt"


@pytest.mark.parametrize(
    ("words", "count"), [("", 0), ("one", 1), ("don’t re-count, please", 3), ("31 to 9 in a hundred", 6), ("– … !", 0)]
)
def test_words_are_counted_as_a_reader_counts(words, count):
    assert count_words(words) == count


def test_every_text_that_is_too_long_is_named():
    faults = faults_of_size([("a", "x" * 11), ("b", "x" * 10), ("c", "x" * 12)], each=10, together=30)
    each = "This text has %(have)s characters; a packet takes up to %(most)s"
    assert faults == (
        Fault(text(each, have=11, most=10), field="a"),
        Fault(text(each, have=12, most=10), field="c"),
        Fault(text("All texts have %(have)s characters; a packet takes up to %(most)s", have=33, most=30)),
    )


@pytest.mark.parametrize(
    ("typed", "most", "cut"),
    [
        ("Ilse Marchetti", 14, "Ilse Marchetti"),
        ("Ilse Marchetti", 13, "Ilse Marchet…"),
        ("two\nlines", 20, "two lines"),
        ("田中さくら", 10, "田中さくら"),
        ("田中さくら", 9, "田中さく…"),
        ("Jo 田中", 6, "Jo 田…"),
    ],
)
def test_a_line_is_cut_by_how_wide_its_signs_are(typed, most, cut):
    assert cut_line(typed, most) == cut
