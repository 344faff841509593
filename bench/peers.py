"""The same packet printed by others in the same run: plain WeasyPrint, and whichever of three more are found here.

None of them is needed by the program: a warm Chromium is found by `playwright` and its file, Typst by its module or
its command, ReportLab by its module. What is not found is said to be so.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from review.adapters.paper import TEMPLATES, Paper
from review.adapters.pdf import packet_html, sheets_of
from review.domain.canonical_json import digest
from review.domain.packet_json import read_packet

CHROMIUM = "/usr/bin/chromium"
FONTS = TEMPLATES / "packet" / "fonts"
PLAIN = """
.toc a::after { content: leader('.') target-counter(attr(href), page); float: none }
.pg { display: none }
a.ref::after { content: ' p. ' target-counter(attr(href), page) }
"""
"""What a page asks of WeasyPrint that nobody has tuned: dots that lead, and page numbers by cross-reference."""
HEADINGS = {"h1": 28, "h2": 19, "h3": 11}
ENDS = {*HEADINGS, "p", "li"}
INNER = {*ENDS, "div", "ul", "ol", "blockquote", "table", "thead", "tbody", "tr", "section"}
Block = tuple[str, tuple[str, ...]]
"""A heading, a paragraph or a row of a table: its tag, and its words cell by cell."""


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
def open_peers(content: bytes) -> Iterator[dict[str, Callable[[], bytes]]]:
    """Give a function by name that prints the packet, for each peer that is found here, warm."""
    here, page = find_peers(), write_page(content)
    opened = {"chromium": _open_chromium, "typst": _open_typst, "reportlab": _open_reportlab}
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        found = {name: open_one for name, open_one in opened.items() if here[name] != "not installed"}
        yield {name: stack.enter_context(open_one(page, Path(folder))) for name, open_one in found.items()}


def find_peers() -> dict[str, str]:
    """Say of each peer which version is installed here, or that it is not."""
    has_browser = find_spec("playwright") is not None and Path(CHROMIUM).exists()
    return {
        "weasyprint": version("weasyprint"),
        "chromium": _ask(CHROMIUM) if has_browser else "not installed",
        "typst": version("typst") if find_spec("typst") else _ask(shutil.which("typst")),
        "reportlab": version("reportlab") if find_spec("reportlab") else "not installed",
    }


def _ask(command: str | None) -> str:
    if command is None:
        return "not installed"
    return subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def _open_chromium(page: str, folder: Path) -> Iterator[Callable[[], bytes]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        file = folder / "packet.html"
        file.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()

        def print_page() -> bytes:
            tab.goto(file.as_uri())
            return tab.pdf(prefer_css_page_size=True, tagged=True, outline=True)

        yield print_page
        browser.close()


@contextmanager
def _open_typst(page: str, folder: Path) -> Iterator[Callable[[], bytes]]:
    source = folder / "packet.typ"
    source.write_text("".join(_in_typst(page)), encoding="utf-8")
    if find_spec("typst"):
        compiler = import_module("typst").Compiler(root=str(folder), font_paths=[str(FONTS)])
        yield lambda: bytes(compiler.compile(input=str(source), format="pdf"))
        return
    command = ["typst", "compile", "--font-path", str(FONTS), str(source), "-"]
    yield lambda: subprocess.run(command, capture_output=True, check=True).stdout


def _in_typst(page: str) -> Iterator[str]:
    yield '#set page(paper: "a4", margin: 22mm, numbering: "1 / 1")\n'
    yield '#set text(font: "Inter", size: 9.5pt, lang: "en")\n'
    for tag, cells in read_blocks(page):
        told = [repr_typst(cell) for cell in cells]
        if tag in HEADINGS:
            yield f"#heading(level: {tag[1]}, text({told[0]}))\n\n"
        elif tag == "tr":
            yield f"#table(columns: {len(told)} * (1fr,), {', '.join(told)})\n"
        else:
            yield f'#text(font: "Source Serif 4", size: 10.5pt, hyphenate: true, {told[0]})\n\n'


def repr_typst(words: str) -> str:
    """Return words as a string of Typst."""
    return '"{}"'.format(words.replace("\\", "\\\\").replace('"', '\\"'))


@contextmanager
def _open_reportlab(page: str, folder: Path) -> Iterator[Callable[[], bytes]]:
    platypus, styles = import_module("reportlab.platypus"), import_module("reportlab.lib.styles")
    metrics, fonts = import_module("reportlab.pdfbase.pdfmetrics"), import_module("reportlab.pdfbase.ttfonts")
    for name, file in (("Inter", "inter-latin-600-normal.ttf"), ("Serif", "source-serif-4-latin-400-normal.ttf")):
        metrics.registerFont(fonts.TTFont(name, str(FONTS / file)))
    looks = {
        tag: styles.ParagraphStyle(tag, fontName="Inter", fontSize=size, leading=size * 1.2, spaceAfter=8)
        for tag, size in HEADINGS.items()
    }
    prose = styles.ParagraphStyle("p", fontName="Serif", fontSize=10.5, leading=15.7, spaceAfter=6)
    blocks = list(read_blocks(page))

    def print_page() -> bytes:
        story: list[Any] = []
        for tag, cells in blocks:
            told = [platypus.Paragraph(escape(cell), looks.get(tag, prose)) for cell in cells]
            story.append(platypus.Table([told]) if tag == "tr" else told[0])
        file = BytesIO()
        platypus.SimpleDocTemplate(file).build(story)
        return file.getvalue()

    yield print_page


def read_blocks(page: str) -> Iterator[Block]:
    """Give the words of a page in their order: each heading, paragraph and row of a table."""
    from weasyprint import HTML

    body = HTML(string=page).etree_element.find("body")
    assert body is not None
    yield from _blocks(body)


def _blocks(element: Any) -> Iterator[Block]:
    is_row, is_end = element.tag == "tr", element.tag in ENDS or not any(child.tag in INNER for child in element)
    if not is_row and not is_end:
        for child in element:
            yield from _blocks(child)
        return
    cells = tuple(_words(each) for each in (element if is_row else (element,)))
    if any(cells):
        yield element.tag, cells


def _words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
