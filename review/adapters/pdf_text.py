"""The text that stands on the pages of a PDF of ours, read by its fonts' own tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pikepdf

_PAIR = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>")
_BLOCK = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)


def read_pages(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """Return the text of each page, running heads and feet included, without spaces between its runs.

    Only fonts with two-byte codes and a table to Unicode are read: all that WeasyPrint writes. Text in other fonts,
    such as a stamp on a copy, is left out.
    """
    return tuple(map(read_page, pdf.pages))


def read_page(page: pikepdf.Page) -> str:
    """Return the text of one page as `read_pages` does."""
    return "".join(_runs(page))


def _runs(page: pikepdf.Page) -> Iterator[str]:
    fonts: Any = page.resources.get("/Font", {})
    tables = {str(name): _table(font) for name, font in dict(fonts).items()}
    table: dict[bytes, str] = {}
    for step in pikepdf.parse_content_stream(page):
        operator = str(step.operator)
        if operator == "Tf":
            table = tables.get(str(step.operands[0]), {})
        elif operator in ("Tj", "TJ"):
            shown = step.operands[0]
            pieces = [shown] if operator == "Tj" else [one for one in shown if isinstance(one, pikepdf.String)]
            yield "".join(map(partial(_decode, table=table), map(bytes, pieces)))


def _decode(codes: bytes, table: dict[bytes, str]) -> str:
    return "".join(table.get(codes[start : start + 2], "") for start in range(0, len(codes), 2))


def _table(font: pikepdf.Object) -> dict[bytes, str]:
    if font.get("/Encoding") != pikepdf.Name("/Identity-H") or "/ToUnicode" not in font:
        return {}
    blocks = b"".join(_BLOCK.findall(font.ToUnicode.read_bytes()))
    return {
        bytes.fromhex(code.decode()): bytes.fromhex(words.decode()).decode("utf-16-be", "replace")
        for code, words in _PAIR.findall(blocks)
    }
