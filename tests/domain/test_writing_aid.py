"""What a writer is asked about their own words: three questions, none for plain facts."""

from __future__ import annotations

import pytest

from review.domain.writing_aid import ask_back

NO_ACTION = "What did they do? So far no action is named."
NO_EFFECT = "What came of it? So far no effect is named."
NO_EXAMPLE = "This praises without an example. What was one moment when you saw it?"
PERSON = "This describes the person. What did they do that made you think so?"


@pytest.mark.parametrize(
    ("situation", "done", "effect", "asked"),
    [
        ("", "", "", []),
        ("In spring two teams disagreed.", "", "", [NO_ACTION]),
        ("", "Wrote the agreement line by line.", "", [NO_EFFECT]),
        ("In May", "Wrote the agreement", "Both teams signed it", []),
        ("", "Great work", "The team was happy", [NO_EXAMPLE]),
        ("", "Great work when the port closed", "Ships left 2 hours later", []),
        ("", "She is a natural leader", "People follow", [PERSON]),
        ("", "He is always so helpful.", "", [NO_EFFECT, PERSON]),
        ("", "They are really brilliant", "Well done", [NO_EXAMPLE]),
        ("", "Led the leadership review of accountability", "Three owners were named", []),
    ],
)
def test_each_question_is_asked_where_it_fits(situation, done, effect, asked):
    assert [str(one) for one in ask_back(situation=situation, done=done, effect=effect)] == asked


def test_who_cannot_judge_is_asked_nothing_and_a_link_is_an_example():
    assert ask_back(situation="", done="Great work", effect="", cannot_judge=True) == ()
    assert ask_back(situation="", done="Great work", effect="All signed", link="Annex B") == ()


@pytest.mark.parametrize("word", ["aggressive", "bossy", "caring", "competitive", "compassionate", "assertive"])
def test_no_word_is_scored_by_gender(word):
    assert ask_back(situation="In May", done=f"Gave a {word} answer to the supplier", effect="They came back") == ()


@pytest.mark.parametrize("words", ["a" * 100_000, "is a " * 20_000, "<b>" * 30_000, "\u202e\u200b" * 1000])
def test_hostile_words_are_read_in_no_time(words):
    assert len(ask_back(situation=words, done=words, effect=words)) <= 3
