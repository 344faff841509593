"""WeasyPrint in a render process: warm, deaf to every address, the same bytes for the same pages.

Importing this module imports WeasyPrint (about a second): only `pdf` does so, inside its functions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.formatting_structure.boxes import TextBox
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from review.adapters.paper import Embedded, Printed
from review.adapters.print_lines import keep_lines_full
from review.adapters.print_tags import complete_tags

MISSING = ".notdef glyph"
complete_tags()
keep_lines_full()


class DeafFetcher(URLFetcher):
    """Answers with data: addresses and our own font files; refuses everything else before any connection."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)  # type: ignore[no-untyped-call]
        fonts = folder.glob("fonts/*.ttf") if folder else ()
        self._files = {str(path.resolve()): path for path in fonts}
        self.refused: list[str] = []

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        known = self._files.get(unquote(parts.path)) if parts.scheme == "file" and not parts.netloc else None
        if known is not None:
            return URLFetcherResponse(url, known.read_bytes(), {"Content-Type": "font/ttf"})
        if parts.scheme != "data":
            self.refused.append(url)
            raise ValueError("addresses are not fetched for print")
        answer: URLFetcherResponse = super().fetch(url, headers)  # type: ignore[no-untyped-call]
        return answer


def print_html(
    html: str,
    sheets: tuple[Path, ...],
    identifier: bytes,
    embedded: tuple[Embedded, ...] = (),
    variant: str = "pdf/ua-1",
) -> Printed:
    """Lay out HTML with our style sheets and return a tagged file: PDF/UA-1, or another variant of PDF.

    `identifier` becomes the file's id: the same pages with the same identifier are the same bytes.
    """
    fonts, styles = _styles(sheets)
    with _noted_signs() as missing:
        document = HTML(string=html, url_fetcher=DeafFetcher()).render(
            font_config=fonts, stylesheets=list(styles), pdf_variant=variant, pdf_tags=True
        )
        _number_links(document)
        document.metadata.attachments = [_attachment(one) for one in embedded]
        pdf = document.write_pdf(pdf_variant=variant, pdf_tags=True, pdf_identifier=identifier)
    return Printed(pdf, len(document.pages), tuple(sorted(missing)))


def _number_links(document: Document) -> None:
    """Write into each link's `.pg` text the page that its target (the `title`) came to stand on.

    CSS can do this with target-counter(), but then every page with a link is laid out again: twice the time. The text
    keeps the width that layout gave to its two digits.
    """
    pages = {name: number for number, page in enumerate(document.pages, 1) for name in page.anchors}
    for page in document.pages:
        for box in page._page_box.descendants():
            if not isinstance(box, TextBox) or box.element is None or box.element.get("class") != "pg":
                continue
            box.text = box.text.replace("00", f"{pages[box.element.get('title')]:2}")
            box.pango_layout.text = box.text  # type: ignore[attr-defined]


@cache
def _styles(sheets: tuple[Path, ...]) -> tuple[FontConfiguration, tuple[CSS, ...]]:
    """Parse the style sheets and load their fonts once in the life of the process.

    Raises FileNotFoundError where a font is not there: the engine would take another one without a word, and where
    the machine has none at all, end the process.
    """
    fonts, fetchers = FontConfiguration(), [DeafFetcher(sheet.parent) for sheet in sheets]
    styles = [
        CSS(filename=sheet, font_config=fonts, url_fetcher=fetcher)
        for sheet, fetcher in zip(sheets, fetchers, strict=True)
    ]
    missing = [Path(url).name for fetcher in fetchers for url in fetcher.refused]
    if missing:
        raise FileNotFoundError(f"{len(missing)} fonts of the packet are not there: {', '.join(missing)}")
    return fonts, tuple(styles)


def _attachment(one: Embedded) -> Attachment:
    return Attachment(
        string=one.content,
        name=one.name,
        description=one.description,
        created=one.dated,
        modified=one.dated,
        relationship="Data",
        url_fetcher=DeafFetcher(),
    )


class _SignCollector(logging.Handler):
    def __init__(self, signs: set[str]) -> None:
        super().__init__(logging.WARNING)
        self._signs = signs

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, str) and record.msg.startswith(MISSING) and record.args:
            self._signs.add(str(record.args[0]) if isinstance(record.args, tuple) else "")


@contextmanager
def _noted_signs() -> Iterator[set[str]]:
    signs: set[str] = set()
    collector = _SignCollector(signs)
    logger = logging.getLogger("weasyprint")
    logger.addHandler(collector)
    try:
        yield signs
    finally:
        logger.removeHandler(collector)
