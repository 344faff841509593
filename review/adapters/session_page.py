"""The report of a session laid out for its template, printed and put into a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from review.adapters.packet_files import put_into_file
from review.adapters.packet_page import Page
from review.adapters.packet_words import words_for
from review.adapters.paper import Paper, Printed, translations_of
from review.adapters.pdf import A4, LONGEST_PACKET, LONGEST_TEXT, print_page
from review.domain.ballot import Overall
from review.domain.calibration import CODE_WORDS
from review.domain.canonical_json import digest
from review.domain.errors import Invalid
from review.domain.packet_size import texts_in
from review.domain.session_sheet import SessionSheet, SheetCase, read_sheet
from review.domain.values import dataclass
from review.domain.writing import faults_of_size

TEMPLATE, STYLE = "session/report.html", "session/report.css"


@dataclass(frozen=True)
class SessionPage(Page):
    """What the template of a session's report asks for."""

    sheet: SessionSheet

    @property
    def outcomes(self) -> Mapping[str, str]:
        """Return the words for what a committee can answer."""
        return dict(zip(map(str, Overall), self.words.answers(), strict=True))

    def outcome(self, outcome: str) -> str:
        """Return the word for an outcome."""
        return self.outcomes.get(outcome, outcome)

    def kind(self, code: str) -> str:
        """Return the kind of reason for a changed rating."""
        return self.words.gettext(CODE_WORDS[code].one) if code in CODE_WORDS else code

    def split(self, case: SheetCase) -> tuple[tuple[str, int], ...]:
        """Return how often each answer was given, those that nobody gave left out."""
        given = zip(self.outcomes.values(), case.split or (), strict=False)
        return tuple((word, count) for word, count in given if count)

    def when(self, moment: datetime) -> str:
        """Return day and time of a moment in the cycle's time zone, short enough for a table."""
        local = moment.astimezone(ZoneInfo(self.sheet.time_zone))
        return str(format_datetime(local, "d MMM, HH:mm", locale=self.words.locale))

    def moment(self, moment: datetime) -> str:
        """Return a moment in words, in the cycle's time zone, which is named."""
        return self.words.moment(moment, self.sheet.time_zone)


def render_session_report(sheet_json: bytes, *, paper: Paper = A4) -> Printed:
    """Print the report of a session, given as `session_sheet.write_sheet` makes it; the same bytes for the same report.

    Raises Invalid where the JSON is no report, or its texts are too long for print.
    """
    sheet = read_sheet(sheet_json)
    faults = [*faults_of_size(texts_in(sheet), each=LONGEST_TEXT, together=LONGEST_PACKET)]
    if faults:
        raise Invalid(faults)
    page = SessionPage(digest(sheet_json), words_for(paper.language, translations_of(paper)), sheet)
    return print_page(TEMPLATE, page, STYLE, paper=paper, sheet=sheet)


def print_report_to_file(asked: dict[str, Any]) -> dict[str, Any]:
    """Print a report below the files folder; return its path and digest.

    Args:
        asked: `content` (the report's JSON), `folder` and the `path` below it.
    """
    return put_into_file(asked, render_session_report(asked["content"].encode()).pdf)
