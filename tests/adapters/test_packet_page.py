"""How a packet is put into reading order: who made the final ratings, and for whom."""

from __future__ import annotations

from dataclasses import replace
from gettext import NullTranslations

from review.adapters.packet_page import lay_out
from review.adapters.packet_words import words_for
from review.domain.packet import RatingKind
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
