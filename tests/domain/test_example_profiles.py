"""Example profiles: the file that holds them, and what a rater reads after rating one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from review.config import ROOT
from review.domain.example_file import ExampleProfile, Examples, Reading, find_strangers, parse_examples
from review.domain.example_rating import compare_ratings
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder

WHOLE = """\
schema: review-examples/1
ladder: own
profiles:
  - id: one
    title: One
    from_level: a
    to_level: b
    story: Words.
    readings:
      craft:
        value: 3
        why: Since.
"""
PROFILE = ExampleProfile(
    "own", "one", "One", "a", "b", "Words.", {"craft": Reading(3, "Since."), "care": Reading(4, "So.")}
)


@pytest.mark.parametrize("ladder", ["product-management", "software-engineering"])
def test_the_shipped_profiles_are_three_and_fit_their_ladder(ladder: str) -> None:
    folder = ROOT / "workflows"
    found = parse_examples((folder / "examples" / f"{ladder}.yaml").read_text(encoding="utf-8"), "x.yaml")
    read = parse_ladder((folder / "ladders" / f"{ladder}.yaml").read_text(encoding="utf-8"), file="y.yaml")
    assert isinstance(found, Examples)
    assert isinstance(read, Ladder)
    assert (found.ladder, len(found.profiles), list(find_strangers(found, read))) == (read.id, 3, [])
    given = {reading.value for profile in found.profiles for reading in profile.readings.values()}
    assert given == {2, 3, 4, 5}
    strange = replace(found.profiles[0], id="s", to_level="nowhere")
    short = replace(found.profiles[1], id="t", readings={"leadership": Reading(3, "x")})
    told = [str(each) for each in find_strangers(Examples(ladder, (strange, short)), read)]
    assert told == [
        "the profile s names the level nowhere, which the ladder has not",
        "the profile t and its level differ in the criterion accountability",
        "the profile t and its level differ in the criterion cross-functionality",
        "the profile t and its level differ in the criterion hard-skills",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("review-examples/1", "review-examples/2", 1, "this is another format"),
        ("ladder: own\n", "", 1, "ladder is missing"),
        ("ladder: own", "ladder: [own]", 2, "this cannot stand here"),
        ("    title: One\n", "", 4, "title is missing"),
        ("story: Words.", "story: ''", 8, "this cannot stand here"),
        ("value: 3", "value: 6", 11, "this cannot stand here"),
        ("value: 3", "value: true", 11, "this cannot stand here"),
        ("why: Since.", "why: ''", 12, "no reason is given"),
        ("why: Since.", "why: Since.\n        who: me", 13, "who is not known here"),
    ],
)
def test_every_fault_has_its_place(old: str, new: str, line: int, what: str) -> None:
    assert isinstance(parse_examples(WHOLE, "x.yaml"), Examples)
    found = parse_examples(WHOLE.replace(old, new), "x.yaml")
    assert not isinstance(found, Examples)
    assert [(each.line, str(each.what)) for each in found] == [(line, what)]


def test_an_id_stands_once() -> None:
    found = parse_examples(WHOLE + WHOLE.partition("profiles:\n")[2], "x.yaml")
    assert not isinstance(found, Examples)
    assert [(each.line, str(each.what)) for each in found] == [(13, "this id is there twice")]


def test_other_words_are_another_profile_and_other_readings_are_not() -> None:
    assert replace(PROFILE, story="Other.").digest != PROFILE.digest
    assert replace(PROFILE, readings={"care": Reading(1, "x"), "craft": Reading(2, "y")}).digest == PROFILE.digest


@pytest.mark.parametrize(("there", "counted"), [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10)])
def test_others_are_counted_five_by_five_as_they_came(there: int, counted: int) -> None:
    """The sixth changes nothing that one reads, whatever they gave."""
    others = [{"craft": 2 + k % 3, "care": None} for k in range(there)]
    found = compare_ratings(PROFILE, {"craft": 3, "care": 4}, others)
    assert found.n == counted
    expected = {0: None, 5: (2, 2, 1), 10: (4, 3, 3)}
    assert found.lines[0].others == expected[counted]
    assert str(found.withheld) == ("None" if counted else "Told from 5 other raters on")


def test_own_ratings_stand_beside_what_was_meant() -> None:
    others = [{"craft": 3, "care": None if k else 5} for k in range(5)]
    craft, care = compare_ratings(PROFILE, {"craft": 3, "care": None}, others).lines
    assert (craft.own, craft.meant, craft.why, craft.others, craft.unable) == (3, 3, "Since.", (0, 5, 0), 0)
    assert (care.own, care.meant, care.others, care.unable) == (None, 4, None, 4)
    assert compare_ratings(PROFILE, {"craft": 3, "care": None}, others).as_meant == 1
