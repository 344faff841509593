"""What somebody gets who asks for their own data: sections of entries, what is left out by which rule, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, field, replace
from enum import StrEnum
from typing import Any

from review.domain.bundle_names import Names
from review.domain.canonical_json import canonical_json
from review.domain.values import dataclass

FORMAT = "dualtrack-subject-access/1"
WITHHELD = "▇▇▇"
"""What stands where words were taken out."""


class Section(StrEnum):
    """A part of a bundle."""

    RECORD = "record"
    HISTORY = "history"
    ACCESS = "access"
    CASES = "cases"
    OWN_WORDS = "own_words"
    RESULTS = "results"
    PARTS = "parts"
    MAILS = "mails"
    ACTS = "acts"
    PRIVACY = "privacy"


class Reader(StrEnum):
    """Who of HR may read an entry before it is released: nobody, an HR partner, or who may read it in its case."""

    NOBODY = "nobody"
    HR = "hr"
    CASE = "case"


class Rule(StrEnum):
    """Why something is left out, whether there is any of it or not."""

    FEEDBACK = "feedback"
    VOTES = "votes"
    RATINGS = "ratings"
    DECISION = "decision"
    DRAFTS = "drafts"
    NAMES = "names"
    OFFICE = "office"
    CONFLICTS = "conflicts"
    RECORD = "record"
    SECRETS = "secrets"


@dataclass(frozen=True)
class Entry:
    """One thing that is kept: where it comes from, in which case, and its fields by name.

    `things`: rows of the grid that an HR partner must be allowed to read in the case to look at it before its release.
    """

    key: str
    section: Section
    source: str  # table.column that leads to it
    fields: Mapping[str, str]
    case_id: int | None = None
    reader: Reader = Reader.NOBODY
    things: tuple[str, ...] = ()
    is_withheld: bool = False


@dataclass(frozen=True)
class TakenOut:
    """What HR took out beside the rules: of which entry, which words (none: all), and why."""

    entry: str
    words: str
    reason: str


@dataclass(frozen=True)
class Bundle:
    """All that is kept about a person and is theirs to have; `names`: what its ids stand for."""

    person: str
    company: str
    made_at: str
    entries: tuple[Entry, ...]
    left_out: tuple[Rule, ...] = tuple(Rule)
    taken_out: tuple[TakenOut, ...] = field(default=())
    names: Names = field(default_factory=dict)

    def of(self, section: Section) -> tuple[Entry, ...]:
        """Return the entries of a section."""
        return tuple(each for each in self.entries if each.section is section)

    def find(self, key: str) -> Entry | None:
        """Return an entry by its key, None where there is none."""
        return next((each for each in self.entries if each.key == key), None)


def take_out(bundle: Bundle, taken: Iterable[TakenOut]) -> Bundle:
    """Return the bundle without what HR took out; each is listed with its reason."""
    kept = tuple(taken)
    return replace(bundle, entries=tuple(_without(each, kept) for each in bundle.entries), taken_out=kept)


def find_words(entry: Entry, words: str) -> bool:
    """Tell whether words stand in an entry."""
    return any(words in value for value in entry.fields.values())


def _without(entry: Entry, taken: Sequence[TakenOut]) -> Entry:
    mine = [each for each in taken if each.entry == entry.key]
    if any(not each.words for each in mine):
        return replace(entry, fields={}, is_withheld=True)
    fields = dict(entry.fields)
    for each in mine:
        fields = {name: value.replace(each.words, WITHHELD) for name, value in fields.items()}
    return replace(entry, fields=fields)


def write_bundle(bundle: Bundle) -> bytes:
    """Return a bundle as canonical JSON."""
    return canonical_json({"format": FORMAT, **asdict(bundle)})


def read_bundle(content: str) -> Bundle:
    """Return the bundle that was written."""
    data: dict[str, Any] = json.loads(content)
    entries = (
        Entry(
            **{
                **each,
                "section": Section(each["section"]),
                "reader": Reader(each["reader"]),
                "things": tuple(each["things"]),
            }
        )
        for each in data["entries"]
    )
    return Bundle(
        data["person"],
        data["company"],
        data["made_at"],
        tuple(entries),
        tuple(Rule(each) for each in data["left_out"]),
        tuple(TakenOut(**each) for each in data["taken_out"]),
        data.get("names", {}),  # what was gathered before there were any has none
    )


def hide_names(value: str, names: Collection[str]) -> str:
    """Return words without these whole names, wherever they stand by themselves."""
    for name in sorted(names, key=len, reverse=True):
        value = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", WITHHELD, value)
    return value


def plain_bundle(bundle: Bundle) -> dict[str, Any]:
    """Return what the person gets as data: no numbers of rows, nothing that only HR needs."""
    return {
        "format": FORMAT,
        "person": bundle.person,
        "company": bundle.company,
        "made_at": bundle.made_at,
        "names": bundle.names,
        "sections": [
            {
                "section": section.value,
                "entries": [{"from": each.source, "withheld": each.is_withheld, **each.fields} for each in found],
            }
            for section in Section
            if (found := bundle.of(section))
        ],
        "left_out": [rule.value for rule in bundle.left_out],
        "taken_out": [{"reason": each.reason, "whole": not each.words} for each in bundle.taken_out],
    }
