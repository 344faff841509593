"""The report of a cycle's figures laid out for its template, printed and put into a file."""

from __future__ import annotations

from typing import Any

from review.adapters.packet_files import put_into_file
from review.adapters.packet_page import Page
from review.adapters.packet_words import words_for
from review.adapters.paper import Paper, Printed, translations_of
from review.adapters.pdf import A4, print_page
from review.domain.canonical_json import digest
from review.domain.insight.chart import ShareChart, draw_shares
from review.domain.insight.sheet import InsightSheet, Table, read_sheet
from review.domain.values import dataclass

TEMPLATE, STYLE = "insight/report.html", "insight/report.css"


@dataclass(frozen=True)
class InsightPage(Page):
    """What the template of a report of figures asks for."""

    sheet: InsightSheet

    def chart(self, table: Table) -> ShareChart:
        """Return where the marks of a table's chart stand."""
        return draw_shares(table.lines)

    def said(self, table: Table, chart: ShareChart) -> str:
        """Return a chart in words, for who listens to the report."""
        return " ".join((f"{table.title}.", *map(str, chart.words)))


def render_insight(sheet_json: bytes, *, paper: Paper = A4) -> Printed:
    """Print a report given as `insight.sheet.write_sheet` makes it; the same bytes for the same report.

    Raises Invalid where the JSON is no report.
    """
    sheet = read_sheet(sheet_json)
    page = InsightPage(digest(sheet_json), words_for(paper.language, translations_of(paper)), sheet)
    return print_page(TEMPLATE, page, STYLE, paper=paper, sheet=sheet)


def print_insight_to_file(asked: dict[str, Any]) -> dict[str, Any]:
    """Print a report below the files folder; return its path and digest.

    Args:
        asked: `content` (the report's JSON), `folder` and the `path` below it.
    """
    return put_into_file(asked, render_insight(asked["content"].encode()).pdf)
