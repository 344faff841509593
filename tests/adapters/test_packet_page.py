"""How a packet is put into reading order: who made the final ratings and for whom, and what is not answered."""

from __future__ import annotations

from dataclasses import replace
from gettext import NullTranslations

from review.adapters.packet_page import lay_out
from review.adapters.packet_words import words_for
from review.domain.packet import RatingKind, Unanswered, UnansweredKind
from tests.packet import samples


def test_the_cover_says_for_whom_somebody_rated() -> None:
    whole = samples.whole()
    first, *rest = whole.criteria
    own = tuple(
        replace(one, rater=samples.MANAGER, on_behalf_of=None) if one.kind is RatingKind.FINAL else one
        for one in first.ratings
    )
    shared = replace(whole, criteria=(replace(first, ratings=own), *rest))
    words = words_for("en", NullTranslations())
    assert [lay_out(packet, "0" * 64, words).raters for packet in (whole, shared)] == [
        "Adaeze Nwosu for Rasmus Lindqvist",
        "Rasmus Lindqvist, Adaeze Nwosu for Rasmus Lindqvist",
    ]


def test_each_reason_why_something_is_not_answered_is_said_once() -> None:
    kinds, all_four = UnansweredKind, [each.id for each in samples.whole().criteria]
    packet = replace(
        samples.whole(),
        unanswered=(
            Unanswered(kinds.FEEDBACK, "Finance"),
            *(Unanswered(kinds.SECOND_RATING, each) for each in all_four),
            Unanswered(kinds.FEEDBACK, "Sales"),
            Unanswered(kinds.GAP, "G1"),
        ),
    )
    page = lay_out(packet, "0" * 64, words_for("en", NullTranslations()))
    assert page.unanswered == (
        ("Feedback was asked for and has not come from", "Finance · Sales"),
        ("There is no second rating of", "Hard skills · Cross-functionality · Leadership · Accountability"),
        ("Nothing in this packet points to the gap", "G1"),
    )
