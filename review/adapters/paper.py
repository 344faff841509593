"""What goes into a printing and comes out of it, as plain values that cross process borders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class Size(StrEnum):
    """The sheets that packets are made for."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Paper:
    """How an installation prints: sheet, language (BCP 47), and where its translations and templates lie."""

    size: Size = Size.A4
    language: str = "en"
    translations: Path | None = None
    templates: Path = TEMPLATES


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file to put inside the PDF, with one fixed date for both its times."""

    name: str
    description: str
    content: bytes
    dated: datetime


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF with its number of pages, and the signs for which no font has a shape."""

    pdf: bytes
    pages: int
    missing: tuple[str, ...] = ()
