"""What a render process does before its first print, so that nobody waits for it."""

from __future__ import annotations

from review.adapters.packet_page import Page
from review.adapters.packet_words import words_for
from review.adapters.paper import Paper, translations_of
from review.adapters.pdf import print_page


def warm_up() -> None:
    """Load the print engine, the style sheets and the fonts of packets, and lay out a few words."""
    paper = Paper()
    page = Page("0" * 64, words_for(paper.language, translations_of(paper)))
    print_page("packet/book_signs.html", page, paper=paper, signs="Dualtrack")
