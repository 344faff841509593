"""A letter's content for print: what was decided, what was seen, what is missing, what the candidate can do."""

from __future__ import annotations

from datetime import date
from functools import cache

from pydantic import TypeAdapter

from review.domain.canonical_json import canonical_json
from review.domain.packet import Level, Person
from review.domain.packet_json import plain, read_checked
from review.domain.values import dataclass

LETTER_FORMAT = "letter/1"


@dataclass(frozen=True)
class Finding:
    """One criterion in the letter: what the target level asks, what was seen, what is missing (empty: nothing)."""

    criterion: str
    expected: str
    seen: str
    missing: str = ""
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenGap:
    """Something to be shown by a day, and who answers for the chance to show it."""

    id: str
    criterion: str
    sentence: str
    seen: str
    missing: str
    due_on: date | None = None
    activity: str = ""
    is_new: bool = True


@dataclass(frozen=True)
class LetterSheet:
    """A letter, complete: nothing of votes, authors or notes has a place in it.

    `body` and `closing` are Markdown; `appeal` says until when and on which grounds, in full sentences.
    """

    case_code: str
    company: str
    committee: str
    candidate: Person
    to_level: Level
    subject: str
    dated_on: date
    body: str
    findings: tuple[Finding, ...] = ()
    gaps: tuple[OpenGap, ...] = ()
    closing: str = ""
    appeal: str = ""
    signed_by: tuple[Person, ...] = ()
    format: str = LETTER_FORMAT


def write_letter(letter: LetterSheet) -> bytes:
    """Return the letter's canonical JSON."""
    return canonical_json(plain(letter))


def read_letter(letter_json: bytes) -> LetterSheet:
    """Read a letter back from its JSON; raises Invalid with every fault at once."""
    return read_checked(_letters(), letter_json)


@cache
def _letters() -> TypeAdapter[LetterSheet]:
    return TypeAdapter(LetterSheet)
