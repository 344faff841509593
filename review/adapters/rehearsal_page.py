"""The report of a rehearsal laid out for its template, printed and put into a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from review.adapters.packet_files import put_into_file
from review.adapters.packet_page import Page
from review.adapters.packet_words import words_for
from review.adapters.paper import Paper, Printed, translations_of
from review.adapters.pdf import A4, print_page
from review.domain.canonical_json import digest
from review.domain.rehearsal_sheet import RehearsalSheet, read_sheet
from review.domain.values import dataclass

TEMPLATE, STYLE = "rehearsals/print.html", "rehearsals/print.css"


@dataclass(frozen=True)
class RehearsalPage(Page):
    """What the template of a rehearsal's report asks for."""

    sheet: RehearsalSheet

    def moment(self, moment: datetime) -> str:
        """Return a moment in words, in the cycle's time zone, which is named."""
        return self.words.moment(moment, self.sheet.zone)


def render_rehearsal(sheet_json: bytes, *, paper: Paper = A4) -> Printed:
    """Print a report given as `rehearsal_sheet.write_sheet` makes it; the same bytes for the same report.

    Raises Invalid where the JSON is no report.
    """
    sheet = read_sheet(sheet_json)
    page = RehearsalPage(digest(sheet_json), words_for(paper.language, translations_of(paper)), sheet)
    return print_page(TEMPLATE, page, STYLE, paper=paper, sheet=sheet)


def print_rehearsal_to_file(asked: dict[str, Any]) -> dict[str, Any]:
    """Print a report into the rehearsal's folder; return its path and digest.

    Args:
        asked: `content` (the report's JSON), `folder` and the `path` below it.
    """
    return put_into_file(asked, render_rehearsal(asked["content"].encode()).pdf)
