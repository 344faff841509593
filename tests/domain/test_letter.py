"""The letter's text: every part of the record in its place, and only the parts there are."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from review.domain.letter import (
    EarlierGap,
    LetterChange,
    LetterGap,
    LetterRecord,
    Voice,
    assemble_letter,
    letter_path,
)
from review.domain.text import Text, plural, text

KIND = text("The packet shows less than was rated")
CHANGED = LetterChange("Leadership", 4, 3, KIND, "Grows a peer.")
GAP = LetterGap("Leadership", "Grows a peer.", "One talk", "A second\ncase", date(2027, 6, 30), "Coach")
RECORD = LetterRecord("Iris", "Staff PM", "Autumn 2026", "promote", date(2026, 11, 16))
WHOLE = LetterRecord(
    candidate="Iris",
    target="Staff PM",
    cycle="Autumn 2026",
    outcome="not_yet",
    decided_on=date(2026, 11, 16),
    committee="Committee A",
    effective_on=date(2027, 2, 1),
    asked=(("Hard skills", "Masters\nit."), ("Leadership", "Grows people.")),
    reasons="Two things were convincing.\n\nOne was not.",
    changed=(CHANGED, LetterChange("Hard skills", None, 2, None, "Masters\nit.")),
    earlier=(EarlierGap("Leadership", "Talk in public", True), EarlierGap("Hard skills", "Pricing", False)),
    gaps=(GAP,),
    appeal_within=plural("%(count)s working day", "%(count)s working days", 10),
)


def test_a_whole_letter_reads_in_the_order_of_the_record():
    assert assemble_letter(WHOLE) == (
        "Dear Iris,\n\n"
        "the committee has decided not to promote you to **Staff PM** in this cycle: not yet. "
        "It was decided on 2026-11-16, in Autumn 2026.\n\n"
        "**What was asked**\n\n"
        "The committee compared your packet with what the ladder asks of Staff PM:\n\n"
        "- **Hard skills:** Masters it.\n"
        "- **Leadership:** Grows people.\n\n"
        "**What was seen**\n\n"
        "Two things were convincing.\n\nOne was not.\n\n"
        "In these criteria the committee's rating stands, and not your manager's:\n\n"
        "- **Leadership:** partly at the target level; your manager's was: at the target level. "
        "The packet shows less than was rated. The ladder asks: “Grows a peer.”\n"
        "- **Hard skills:** at the current level; your manager's was: cannot be judged from the packet. "
        "The ladder asks: “Masters it.”\n\n"
        "**What was open from an earlier case**\n\n"
        "- **Leadership:** Talk in public (met)\n"
        "- **Hard skills:** Pricing (not met)\n\n"
        "**What is missing**\n\n"
        "The next committee reads these first and must say of each whether it is met. "
        "If it finds something new, it has to call it new.\n\n"
        "1. **Leadership:** A second case\n"
        "    - The ladder asks: “Grows a peer.”\n"
        "    - Seen: One talk\n"
        "    - Looked at again: 2027-06-30\n"
        "    - A way to get there: Coach\n\n"
        "**If you do not agree**\n\n"
        "You can appeal once, within 10 working days of the day this letter reaches you, on one of these grounds:\n\n"
        "- a rule of the process was broken\n"
        "- evidence that existed then was not looked at\n"
        "- somebody who judged was too close, for you or against you\n\n"
        "People who did not sit on your case answer it. The way is on the page of your case.\n\n"
        "For Committee A"
    )


def test_after_the_last_appeal_a_letter_says_so_and_offers_none():
    first, again = (
        assemble_letter(each).split("**If you do not agree**")[0]
        for each in (WHOLE, replace(WHOLE, appeal_within=None, is_appeal_used=True))
    )
    assert again == (
        f"{first}**Your appeal**\n\n"
        "It was granted: people who had not sat on your case read the same packet, and this is their answer. "
        "It takes the place of the first one. No further appeal is possible. "
        "Why it was granted is on the page of your appeal.\n\n"
        "For Committee A"
    )


@pytest.mark.parametrize(
    ("changes", "opening"),
    [
        ({}, "the committee has decided to promote you to **Staff PM**."),
        ({"kind": "track_change"}, "the committee has decided on your change of track: you become **Staff PM**."),
        ({"kind": "entry"}, "the committee has decided that you enter the ladder as **Staff PM**."),
        (
            {"effective_on": date(2027, 2, 1)},
            "the committee has decided to promote you to **Staff PM**. This counts from 2027-02-01.",
        ),
        (
            {"outcome": "defer", "effective_on": date(2027, 2, 1)},
            "the committee could not decide on **Staff PM** in this cycle. Your case comes up again in the next one.",
        ),
    ],
)
def test_the_opening_says_what_was_decided_and_the_rest_is_left_out_where_there_is_nothing(changes, opening):
    assert assemble_letter(replace(RECORD, **changes)) == (
        f"Dear Iris,\n\n{opening} It was decided on 2026-11-16, in Autumn 2026.\n\nFor the committee"
    )


def test_every_sentence_goes_through_the_translation():
    """With a language of one word, nothing of ours is left but the words of people and the ladder."""
    theirs = [WHOLE.reasons, GAP.sentence, GAP.seen, "A second case", GAP.activity, "Masters it.", "Grows people."]
    theirs.append("Masters it.")
    theirs += [gap.missing for gap in WHOLE.earlier] + ["Hard skills", "Leadership"]
    left = assemble_letter(WHOLE, Voice(lambda sentence: "§" if isinstance(sentence, Text) else ""))
    for words in theirs:
        left = left.replace(words, "")
    assert [sign for sign in left if sign.isalpha()] == []


def test_a_record_has_no_place_for_votes_authors_or_notes():
    assert {field.name for field in fields(LetterRecord)} == {
        "candidate",
        "target",
        "cycle",
        "outcome",
        "decided_on",
        "committee",
        "kind",
        "effective_on",
        "asked",
        "reasons",
        "changed",
        "earlier",
        "gaps",
        "appeal_within",
        "is_appeal_used",
    }


def test_another_text_or_release_has_another_place():
    now, later = datetime(2026, 11, 16, 9, tzinfo=UTC), datetime(2026, 11, 17, 9, tzinfo=UTC)
    paths = {letter_path(7, body, at) for body in ("Dear Iris", "Dear Ben") for at in (now, later)}
    assert (len(paths), {path.rpartition("/")[0] for path in paths}) == (4, {"letters/7"})
    assert letter_path(7, "Dear Iris", now) == letter_path(7, "Dear Iris", now)
