"""The report of a rehearsal for print: what was walked, what came of it, and room for a signature."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from pydantic import TypeAdapter

from review.domain.canonical_json import canonical_json, digest
from review.domain.insight.sheet import Table, Words
from review.domain.packet_json import plain, read_checked
from review.domain.values import dataclass

FORMAT = "rehearsal/1"


@dataclass(frozen=True)
class RehearsalSheet:
    """One rehearsal; `draft` is the digest of what was walked, `signed_by` is empty while nobody has signed it off."""

    cycle: str
    company: str
    zone: str
    draft: str
    verdict: Words
    meaning: Words
    looked: Words
    started_by: str
    started_at: datetime
    signed_by: str
    signed_at: datetime | None
    tables: tuple[Table, ...]
    format: str = FORMAT


def write_sheet(sheet: RehearsalSheet) -> bytes:
    """Return the canonical JSON of a report whose sentences are said."""
    return canonical_json(plain(sheet))


def read_sheet(sheet_json: bytes) -> RehearsalSheet:
    """Read a report back from its JSON; raises Invalid with every fault at once."""
    return read_checked(_sheets(), sheet_json)


def sheet_path(content: bytes) -> str:
    """Return where a report is, once it is printed, below the rehearsal's folder: other content, another place."""
    return f"report-{digest(content)[:16]}.pdf"


@cache
def _sheets() -> TypeAdapter[RehearsalSheet]:
    return TypeAdapter(RehearsalSheet)
