"""A bundle as its person reads it: fields in an order that reads, what is in codes in words, short entries in rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from review.domain.bundle import Entry
from review.domain.bundle_codes import CODE_WORDS
from review.domain.bundle_names import ANSWER, KIND_OF_FIELD, Names, say_id
from review.domain.bundle_words import name_entry
from review.domain.past_case import OUTCOME_WORDS
from review.domain.text import Text, text
from review.domain.trail_words import tell_kind
from review.domain.values import dataclass
from review.domain.wording_list import PIECES

FIRST = (
    *("title", "name", "code", "cycle", "criterion_id", "round", "kind", "template", "role", "value"),
    *("from_level", "to_level", "nomination", "nomination_reason", "situation", "done", "effect"),
    *("measure", "baseline", "target", "actual", "links", "sentence", "seen", "missing", "activity"),
)
"""Fields that come first, in this order; the others follow as they are, and days and moments come last."""
TIMES = ("at", "review_on")
SHORT, ROWS_FROM, MOST_COLUMNS = 80, 2, 5
"""So many signs at most in each field, so many entries at least, so many fields at most make a table."""
PLAIN_WORDS: Mapping[str, Text] = {
    **OUTCOME_WORDS,
    "yes": text("Yes"),
    "own": text("By yourself"),
    "manager": text("By the manager"),
    "opt_out": text("As everybody eligible"),
    "promotion": text("Promotion"),
    "track_change": text("Change of track"),
    "entry": text("Entry"),
    "final": text("Final rating"),
}
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d")
CODED = ("outcome", "nomination", "kind", "is_active", "is_external", "words_withheld", "by_yourself")
MARKDOWN = frozenset({"body", "done", "effect", "situation", "justification", "goal", "note", "words"})


@dataclass(frozen=True)
class Part:
    """Entries from one place, in a row: with `columns` they are the rows of a table, without each stands by itself."""

    name: Text
    entries: tuple[Entry, ...]
    columns: tuple[str, ...] = ()


def part_entries(entries: Sequence[Entry]) -> Iterator[Part]:
    """Yield the entries of a section in parts, in their order."""
    for _alike, group in groupby(entries, key=lambda each: (name_entry(each), tuple(each.fields))):
        found = tuple(group)
        yield Part(name_entry(found[0]), found, _columns(found))


def order_fields(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the fields of an entry as somebody reads them: what it is first, when it was last."""
    return sorted(fields.items(), key=lambda field: _rank(field[0]))


def say_value(entry: Entry, name: str, value: str, names: Names) -> Text | str:
    """Return a value in words where it is a code that somebody would have to look up; all others as they are.

    Args:
        names: what ids of the ladder stand for.
    """
    if name in KIND_OF_FIELD:
        return say_id(names, name, value)
    if name == "template" and value in PIECES:
        return PIECES[value].title
    if name == "kind" and entry.source.startswith("audit_event."):
        return tell_kind(value)
    codes = CODE_WORDS.get(name) or (PLAIN_WORDS if name in CODED else {})
    return codes.get(value, value)


def read_time(value: str) -> date | datetime | None:
    """Return the day or moment that a value is; None for everything else."""
    if MOMENT.fullmatch(value):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if DAY.fullmatch(value) else None


def is_markdown(entry: Entry, name: str) -> bool:
    """Tell whether somebody wrote a field in Markdown."""
    return name in MARKDOWN or name.startswith(ANSWER) or (name == "reason" and entry.key.startswith("appeal-"))


def _rank(name: str) -> int:
    if name in FIRST:
        return FIRST.index(name)
    return len(FIRST) + (name in TIMES or name.endswith(("_at", "_on")))


def _columns(entries: Sequence[Entry]) -> tuple[str, ...]:
    fields = entries[0].fields
    if entries[0].is_withheld or len(entries) < ROWS_FROM or not 0 < len(fields) <= MOST_COLUMNS:
        return ()
    if any(len(value) > SHORT or "\n" in value for entry in entries for value in entry.fields.values()):
        return ()
    return tuple(name for name, _value in order_fields(fields))
