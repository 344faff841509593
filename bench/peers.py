"""The same packet printed by others in the same run: plain WeasyPrint, and Chromium where it is installed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from review.adapters.paper import Paper
from review.adapters.pdf import packet_html, sheets_of
from review.domain.canonical_json import digest
from review.domain.packet_json import read_packet

CHROMIUM = "/usr/bin/chromium"
PLAIN = """
.toc a::after { content: leader('.') target-counter(attr(href), page); float: none }
.pg { display: none }
a.ref::after { content: ' p. ' target-counter(attr(href), page) }
"""
"""What a page asks of WeasyPrint that nobody has tuned: dots that lead, and page numbers by cross-reference."""


def write_page(content: bytes, *, is_plain: bool = False) -> str:
    """Return the packet as one HTML page that brings its style sheets along."""
    sheets = "".join(f'<link rel="stylesheet" href="{sheet.as_uri()}">' for sheet in sheets_of(Paper()))
    style = f"<style>{PLAIN}</style>" if is_plain else ""
    return packet_html(read_packet(content), digest(content)).replace("</head>", f"{sheets}{style}</head>")


def print_plain(page: str) -> int:
    """Print a page with WeasyPrint and its defaults; return how many bytes it has. Meant for a render process."""
    from weasyprint import HTML

    return len(HTML(string=page).write_pdf() or b"")


@contextmanager
def open_chromium(page: str) -> Iterator[Callable[[], bytes] | None]:
    """Give a function that prints the page in a browser that is warm, None where none is installed."""
    if find_spec("playwright") is None or not Path(CHROMIUM).exists():
        yield None
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "packet.html"
        file.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()

        def print_page() -> bytes:
            tab.goto(file.as_uri())
            return tab.pdf(prefer_css_page_size=True, tagged=True, outline=True)

        yield print_page
        browser.close()


def name_peers() -> dict[str, str]:
    """Say of each peer whether it is installed here."""
    here = {
        "chromium": find_spec("playwright") is not None and Path(CHROMIUM).exists(),
        "typst": shutil.which("typst") is not None,
        "reportlab": find_spec("reportlab") is not None,
    }
    return {name: "installed" if is_here else "not installed" for name, is_here in here.items()}
