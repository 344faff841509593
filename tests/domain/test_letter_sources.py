"""A letter names evidence by its number, never feedback or ratings."""

from datetime import date

import pytest

from review.domain.letter import LetterRecord, assemble_letter


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Hard skills are shown E1 E2. Little else F1.", "Hard skills are shown E1 E2. Little else."),
        ("Prepared with others E3 F4 F2; it held (F1, F2).", "Prepared with others E3; it held."),
        ("Seen twice (E1, F2) and rated so (R5).", "Seen twice (E1) and rated so."),
        ("Seen twice (F2, E1).", "Seen twice (E1)."),
        ("The F1 race team and model RX-R5 stay? No: F1 goes.", "The race team and model RX-R5 stay? No: goes."),
        ("Nothing to take out (at all), as F-16 shows.", "Nothing to take out (at all), as F-16 shows."),
    ],
)
def test_numbers_of_feedback_and_ratings_are_left_out(written, told):
    record = LetterRecord("Iris", "Staff PM", "Autumn", "promote", date(2026, 11, 16), reasons=written)
    assert f"**What was seen**\n\n{told}\n\nFor the committee" in assemble_letter(record)
