"""Names are taken out of words as they are written, whatever signs they hold."""

from __future__ import annotations

import pytest

from review.domain.bundle import WITHHELD, hide_names


@pytest.mark.parametrize("name", ["Ana (PM)", "A.B", "C+", "[x-z]", "$1\\g<0>", "(a+)+b", "Renée|Otto"])
def test_a_name_with_signs_of_an_expression_is_found_as_it_is_written(name: str) -> None:
    words = f"With {name}, and with AxB, y, C, Renée and {'a' * 12}."
    assert hide_names(words, [name]) == words.replace(name, WITHHELD)


def test_only_whole_names_are_taken_out_and_longer_ones_first() -> None:
    assert hide_names("Ana Lima met Ana, not Anabel.", ["Ana", "Ana Lima"]) == f"{WITHHELD} met {WITHHELD}, not Anabel."
