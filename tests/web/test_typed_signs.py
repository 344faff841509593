"""What is typed into a line or a text loses the signs that nobody sees and that change what others see."""

from __future__ import annotations

import pytest

from review.forms.base import clean_line, clean_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("be\x00fore\r\nBcc: eve", "be fore Bcc: eve"),
        ("\u202eevil\u202c \u2066last\u2069", "evil last"),
        ("\u200fשלום\u200e", "\u200fשלום\u200e"),
        ("be\ud800fore", "be fore"),
    ],
)
def test_a_line_keeps_marks_of_direction_and_nothing_that_turns_words_around(typed: str, kept: str) -> None:
    assert (clean_line(typed), " ".join(clean_text(typed).split())) == (kept, kept)
