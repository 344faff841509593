"""Packets and letters as PDF: pure functions of bytes, meant for a render process.

WeasyPrint is imported inside the functions, so that whoever only names them does not pay for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review.adapters.packet_page import Page, lay_out
from review.adapters.packet_seal import seal_file
from review.adapters.packet_words import words_for
from review.adapters.paper import Embedded, Paper, Printed, translations_of
from review.domain.canonical_json import digest
from review.domain.errors import Fault, Invalid
from review.domain.letter_sheet import read_letter
from review.domain.packet import PacketContent
from review.domain.packet_json import read_packet
from review.domain.packet_size import lists_in, texts_in
from review.domain.packet_view import View
from review.domain.text import text
from review.domain.writing import faults_of_size

A4 = Paper()
LONGEST_TEXT = 50_000
LONGEST_PACKET = 600_000
MOST_ITEMS = 300
MOST_IN_ALL = 3_000
CONTENT_NAME = "packet.json"
FOR_READERS, FOR_ARCHIVE = "pdf/ua-1", "pdf/a-3u"


def print_packet(content_json: bytes, *, view: str, paper: Paper = A4, variant: str = FOR_READERS) -> Printed:
    """Print one view of a packet as a tagged file with the view's JSON embedded, sealed.

    Args:
        content_json: canonical JSON as `packet_json.write_packet` makes it from `packet_view.view_of`.
        view: the view that the caller means; another one in the JSON is refused.
        variant: of PDF: for readers, or for the archive (review.adapters.packet_archive).

    The same arguments give the same bytes on the same installation. Raises Invalid where the JSON is no packet of
    that view or its texts are too long for print.
    """
    packet = read_packet(content_json)
    faults = [*_faults_of_view(packet, view), *_faults_of_content(packet)]
    if faults:
        raise Invalid(faults)
    receipt = digest(content_json)
    told = translations_of(paper).gettext("The content of this packet")
    content = Embedded(CONTENT_NAME, told, content_json, _dated(packet))
    printed = _print(packet_html(packet, receipt, paper=paper), sheets_of(paper), receipt, content, variant=variant)
    return replace(printed, pdf=seal_file(printed.pdf))


def packet_html(packet: PacketContent, receipt: str, *, paper: Paper = A4) -> str:
    """Return one view of a packet as the page that is printed; `receipt` is the digest of its JSON."""
    page = lay_out(packet, receipt, words_for(paper.language, translations_of(paper)))
    return _templates(paper).get_template("packet/packet.html").render(page=page, packet=packet, paper=paper)


def render_letter_pdf(letter_json: bytes, *, paper: Paper = A4) -> bytes:
    """Return the PDF of a letter, given as `letter_sheet.write_letter` makes it."""
    letter = read_letter(letter_json)
    faults = [*faults_of_size(texts_in(letter), each=LONGEST_TEXT, together=LONGEST_PACKET)]
    if faults:
        raise Invalid(faults)
    page = Page(digest(letter_json), words_for(paper.language, translations_of(paper)))
    html = _templates(paper).get_template("letter/letter.html").render(letter=letter, page=page, paper=paper)
    return _print(html, (*sheets_of(paper), paper.templates / "letter" / "letter.css"), page.digest).pdf


def print_page(template: str, page: Page, *sheets: str, paper: Paper = A4, **more: object) -> Printed:
    """Print a template in the packet's hand, with style sheets of its own behind those of the packet.

    Args:
        template: and `sheets`: names below the templates folder.
    """
    html = _templates(paper).get_template(template).render(page=page, paper=paper, **more)
    return _print(html, (*sheets_of(paper), *(paper.templates / each for each in sheets)), page.digest)


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as file:
        return len(file.pages)


def _print(
    html: str, sheets: tuple[Path, ...], receipt: str, *embedded: Embedded, variant: str = FOR_READERS
) -> Printed:
    from review.adapters.print_engine import print_html

    return print_html(html, sheets, bytes.fromhex(receipt)[:16], embedded, variant)


def sheets_of(paper: Paper) -> tuple[Path, ...]:
    """Return the style sheets of a packet."""
    folder = paper.templates / "packet"
    return (folder / "fonts.css", folder / "packet.css", folder / f"{paper.size}.css")


@cache
def _templates(paper: Paper) -> Environment:
    """Make the templates of a language, once in the life of the process."""
    environment = Environment(
        loader=FileSystemLoader(paper.templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations_of(paper), newstyle=True)  # type: ignore[attr-defined]
    return environment


def _dated(packet: PacketContent) -> datetime:
    return packet.case.sealed_at.astimezone(UTC)


def _faults_of_view(packet: PacketContent, view: str) -> list[Fault]:
    if packet.view == view and view in list(View):
        return []
    return [
        Fault(text("a packet for the view “%(have)s”", have=packet.view), text("%(view)s", view=view), field="view")
    ]


def _faults_of_content(packet: PacketContent) -> Iterator[Fault]:
    yield from faults_of_size(texts_in(packet), each=LONGEST_TEXT, together=LONGEST_PACKET)
    lists = list(lists_in(packet))
    for field, count in lists:
        if count > MOST_ITEMS:
            what = text("%(have)s items; a packet takes up to %(most)s", have=count, most=MOST_ITEMS)
            yield Fault(what, field=field)
    together = sum(count for _, count in lists)
    if together > MOST_IN_ALL:
        what = text("%(have)s items in all lists; a packet takes up to %(most)s", have=together, most=MOST_IN_ALL)
        yield Fault(what)
