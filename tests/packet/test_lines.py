"""Where a line breaks on paper: as if links and emphasis were plain words."""

from io import BytesIO

from pypdf import PdfReader

from review.adapters.pdf import A4, sheets_of
from review.adapters.print_engine import print_html

WIDTHS = [60 + step / 2 for step in range(240)]
"""Of a paragraph, in px: with the words below, their ends fall everywhere within a line."""


def lines_of(inner: str) -> list[list[str]]:
    """Print the same words into paragraphs of all widths and return the lines of each."""
    paragraphs = (
        f'<p class="serif" style="width: {width}px; break-inside: avoid">@ Two words and more {inner}.</p>'
        for width in WIDTHS
    )
    page = f'<html lang="en"><head><title>Lines</title></head><body>{"".join(paragraphs)}</body></html>'
    pdf = print_html(page, sheets_of(A4), bytes(16)).pdf
    found: list[list[str]] = []
    for sheet in PdfReader(BytesIO(pdf)).pages:
        for line in filter(None, map(str.strip, sheet.extract_text().splitlines())):
            if line.startswith("@"):
                found.append([])
            elif line.isdigit():
                continue
            found[-1].append(line)
    return found


def test_lines_are_as_full_before_a_link_as_before_a_word() -> None:
    plain = lines_of("then")
    assert len(plain) == len(WIDTHS)
    assert {len(lines) for lines in plain} == {2, 3, 4, 5}
    assert lines_of('<a href="https://winterlane.example/">then</a>') == plain
    assert lines_of("<em style='font-style: normal'>then</em>") == plain
