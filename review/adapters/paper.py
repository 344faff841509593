"""What goes into a printing and comes out of it, as plain values that cross process borders."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path

from babel.support import NullTranslations, Translations

from review.domain.values import dataclass

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LAYING_OUT = (
    "markdown_paper",
    "markup",
    "packet_flow",
    "packet_page",
    "packet_words",
    "pdf",
    "print_engine",
    "print_lines",
    "print_tags",
)
"""The modules beside this one that decide what stands where on a page."""


class Size(StrEnum):
    """The sheets that packets are made for."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True)
class Paper:
    """How an installation prints: sheet, language (BCP 47), and where its translations and templates lie."""

    size: Size = Size.A4
    language: str = "en"
    translations: Path | None = None
    templates: Path = TEMPLATES


@dataclass(frozen=True)
class Embedded:
    """A file to put inside the PDF, with one fixed date for both its times."""

    name: str
    description: str
    content: bytes
    dated: datetime


@dataclass(frozen=True)
class Printed:
    """A PDF with its number of pages, and the signs for which no font has a shape."""

    pdf: bytes
    pages: int
    missing: tuple[str, ...] = ()


@cache
def translations_of(paper: Paper) -> NullTranslations:
    """Return the sentences of a language, read once in the life of the process."""
    if paper.translations is None:
        return NullTranslations()
    return Translations.load(paper.translations, [paper.language.replace("-", "_")])


@cache
def template_version(paper: Paper) -> str:
    """Return a short name of how packets are printed now: it changes with templates, fonts, program and engine.

    A print made under another name stays as it is, and readers are given a new one. Worked out once in the life of
    the process, without importing the engine.
    """
    code = [Path(__file__).with_name(f"{name}.py") for name in LAYING_OUT]
    files = sorted(each for each in (paper.templates / "packet").rglob("*") if each.is_file())
    read = hashlib.sha256(f"{version('weasyprint')} {paper.size} {paper.language}".encode())
    for each in (*files, *code):
        content = each.read_bytes()
        read.update(f"\n{each.name} {len(content)}\n".encode() + content)
    return read.hexdigest()[:12]
