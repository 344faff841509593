"""Warnings about ladders that can be used, but perhaps should not."""

from __future__ import annotations

import pytest

from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.ladder_lint import lint_ladder

SOUND = """\
format: ladder/1
id: test
name: Test
version: "1"
tracks:
  - {id: ic, name: IC}
  - {id: mg, name: Managers, people_manager: true}
levels:
  - {id: one, name: One, track: ic, grade: 1, pay_band: A}
  - {id: two, name: Two, track: ic, grade: 2, pay_band: B}
  - {id: three, name: Three, track: mg, grade: 2, pay_band: B}
moves:
  - {from: one, to: three}
criteria:
  - id: care
    name: Care
    at: {one: {summary: a, signals: [s]}, two: {summary: b, signals: [t]}, three: {summary: c, signals: [u]}}
"""


def warnings(source: str) -> list[str]:
    ladder = parse_ladder(source, file="l")
    assert isinstance(ladder, Ladder), ladder
    return [str(warning) for warning in lint_ladder(ladder, source, file="l")]


def test_a_sound_ladder_has_no_warning() -> None:
    assert warnings(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "track: mg, grade: 2, pay_band: B",
            "track: mg, grade: 2, pay_band: C",
            (
                "l:11:61: grade 2 has two pay bands: two has B, three has C "
                "(expected: the same pay band for the same grade on both tracks)"
            ),
        ),
        (
            "moves:\n  - {from: one, to: three}\n",
            "",
            (
                "l:11:5: no move leads to three or away from it "
                "(expected: a move, or a track that it shares with another level)"
            ),
        ),
        (
            "track: mg, grade: 2,",
            "track: mg,",
            (
                "l:11:5: three has no grade, so it cannot be compared with other tracks "
                "(expected: a grade, as the other levels have)"
            ),
        ),
        (
            "{summary: c, signals: [u]}",
            "{blank: true}",
            (
                "l:11:5: nothing can be rated at three: every cell is empty "
                "(expected: at least one criterion with words for this level)"
            ),
        ),
        (
            "{summary: c, signals: [u]}",
            "c",
            ("l:17:83: care at three has no signals (expected: signals, so that evidence can be tied to a sentence)"),
        ),
    ],
)
def test_a_doubt_is_told_at_its_place(old: str, new: str, told: str) -> None:
    assert old in SOUND
    assert warnings(SOUND.replace(old, new)) == [told]


def test_without_any_grade_none_is_missed() -> None:
    bare = SOUND.replace("grade: 1, ", "").replace("grade: 2, ", "")
    assert warnings(bare) == []
