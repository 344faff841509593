"""The demo company as a pattern: its rows, and for each what is different in a copy of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.canonical_json import digest
from review.domain.values import dataclass
from review.models import Base

Row = Mapping[str, Any]
SHARED = frozenset({"cycle", "ladder_version", "workflow_version"})
"""What the cases of a copy point to as well."""
COPIED = frozenset(
    {
        "appeal",
        "case",
        "case_note",
        "case_token",
        "check_in",
        "committee",
        "committee_member",
        "conflict",
        "decision",
        "delegation",
        "discussion_note",
        "evidence",
        "evidence_tag",
        "feedback",
        "feedback_answer",
        "feedback_summary",
        "gap",
        "gap_answer",
        "growth_item",
        "growth_plan",
        "invite",
        "letter",
        "meeting",
        "message",
        "opt_out",
        "packet",
        "panel_score",
        "pulled_case",
        "rating",
        "rating_change",
        "rating_line",
        "release",
        "release_item",
        "seat",
        "self_review",
        "timer",
        "vote",
        "vote_line",
    }
)
"""What cases consist of. Files, sign-ins and links stay the pattern's own; people and the trail are copied apart."""
PLACE = re.compile(r"(e|f|feedback|seat):(\d+)")
PLACES = {"e": "evidence", "f": "feedback", "feedback": "feedback", "seat": "seat"}
PEOPLE_KEYS = frozenset({"person_id", "present_ids"})


@dataclass(frozen=True)
class Copy:
    """What makes one copy of the pattern differ from it.

    `people` maps who plays a part in a case; `words` maps names and codes that stand in texts; `seeds` maps a case to
    the seed that gives its feedback the numbers that its texts use.
    """

    number: int
    people: Mapping[int, int]
    words: Mapping[str, str]
    seeds: Mapping[int, int]
    dropped: frozenset[int]


Edit = Callable[[Copy], Any]


@dataclass(frozen=True)
class PatternRow:
    """A row as it is, and what is worked out anew for each copy; `case_id` is the case it belongs to, if to one."""

    values: Row
    edits: tuple[tuple[str, Edit], ...]
    case_id: int | None

    def copy(self, copy: Copy) -> dict[str, Any]:
        """Return the row as it stands in a copy."""
        row = dict(self.values)
        for name, edit in self.edits:
            row[name] = edit(copy)
        return row


class Pattern:
    """All rows of the cases, by table in the order in which they can be written."""

    def __init__(self, session: Session, words: list[str]) -> None:
        """Read the rows; `words` are the names and codes that are called otherwise in a copy."""
        self._words = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(words, key=len, reverse=True)))
        self._case_of: dict[tuple[str, int], int | None] = {}
        tables = [table for table in Base.metadata.sorted_tables if table.name in COPIED]
        self._strides = {table.name: _highest(session, table) for table in tables}
        self.rows: dict[sa.Table, list[PatternRow]] = {table: self._read(session, table) for table in tables}

    def number(self, table: str, number: int, copy: int) -> int:
        """Return the number that a row of the pattern has in a copy."""
        return number + copy * self._strides[table]

    def _read(self, session: Session, table: sa.Table) -> list[PatternRow]:
        """Read a table; rows that point to others of it come last, so that those are there before."""
        own = [column.name for column in table.c for key in column.foreign_keys if key.column.table is table]
        rows = [dict(row) for row in session.execute(sa.select(table).order_by(table.c.id)).mappings()]
        rows.sort(key=lambda row: any(row[name] is not None for name in own))
        return [self._compile(table, row) for row in rows]

    def _compile(self, table: sa.Table, row: dict[str, Any]) -> PatternRow:
        edits = [(name, edit) for name, value in row.items() if (edit := self._edit(table, name, value, row))]
        case_id = row["id"] if table.name == "case" else row.get("case_id") or self._case_above(table, row)
        self._case_of[table.name, row["id"]] = case_id
        return PatternRow(row, tuple(edits), case_id)

    def _case_above(self, table: sa.Table, row: Row) -> int | None:
        """Return the case of the row that this one hangs on, such as the vote of a line of a vote."""
        for column in table.columns:
            for key in column.foreign_keys:
                above = self._case_of.get((key.column.table.name, row[column.name] or 0))
                if above is not None:
                    return above
        return None

    def _edit(self, table: sa.Table, name: str, value: Any, row: Row) -> Edit | None:
        if value is None:
            return None
        if name == "id":
            return self._shift(table.name, value)
        for key in table.c[name].foreign_keys:
            return self._point(key.column.table.name, value)
        return self._special(table.name, name, row) or self._value(value, name)

    def _special(self, table: str, name: str, row: Row) -> Edit | None:
        """Return how a value is different that a rule of its own makes, None for all others."""
        if (table, name) == ("case", "shuffle_seed"):
            return partial(_seed, row["id"], row[name])
        if (table, name) == ("message", "key"):
            return partial(_key, row[name])
        if (table, name) == ("packet", "digest"):
            return partial(_digest, self._value(row["content"], "content"), row["content"])
        return None

    def _point(self, target: str, number: int) -> Edit | None:
        if target == "person":
            return partial(_person, number)
        return None if target in SHARED else self._shift(target, number)

    def _value(self, value: Any, name: str) -> Edit | None:
        """Return how a text, or what is within a JSON value, is different in a copy; None for what is not."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            parts = [(each, self._value(each, name)) for each in value]
            return partial(_list, parts) if any(edit for _, edit in parts) else None
        if isinstance(value, dict):
            fields = {key: (each, self._value(each, key)) for key, each in value.items()}
            return partial(_mapping, fields) if any(edit for _, edit in fields.values()) else None
        if isinstance(value, int) and name in PEOPLE_KEYS:
            return partial(_person, value)
        return self._shift("growth_item", value) if name == "item" else None

    def _text(self, value: str) -> Edit | None:
        if found := PLACE.fullmatch(value):
            return partial(_place, found[1], int(found[2]), self._strides[PLACES[found[1]]])
        parts = list(_split(self._words, value))
        return partial(_fill, parts) if len(parts) > 1 or parts[0][1] else None

    def _shift(self, table: str, number: int) -> Edit:
        return partial(_shift, number, self._strides[table])


def _highest(session: Session, table: sa.Table) -> int:
    return session.scalar(sa.select(sa.func.max(table.c.id))) or 0


def _split(words: re.Pattern[str], value: str) -> Iterator[tuple[str, bool]]:
    """Part a text into what stays and what is called otherwise in a copy."""
    end = 0
    for found in words.finditer(value):
        if found.start() > end:
            yield value[end : found.start()], False
        yield found[0], True
        end = found.end()
    if end < len(value) or not value:
        yield value[end:], False


def _person(person: int, copy: Copy) -> int:
    return copy.people[person]


def _shift(number: int, stride: int, copy: Copy) -> int:
    return number + copy.number * stride


def _seed(case_id: int, seed: int, copy: Copy) -> int:
    return copy.seeds.get(case_id, seed)


def _key(key: str, copy: Copy) -> str:
    return f"{key}-copy-{copy.number}"


def _place(kind: str, number: int, stride: int, copy: Copy) -> str:
    return f"{kind}:{number + copy.number * stride}"


def _fill(parts: list[tuple[str, bool]], copy: Copy) -> str:
    return "".join(copy.words[words] if is_other else words for words, is_other in parts)


def _digest(edit: Edit | None, content: str, copy: Copy) -> str:
    return digest((edit(copy) if edit else content).encode())


def _list(parts: list[tuple[Any, Edit | None]], copy: Copy) -> list[Any]:
    return [edit(copy) if edit else value for value, edit in parts]


def _mapping(fields: dict[str, tuple[Any, Edit | None]], copy: Copy) -> dict[str, Any]:
    return {key: edit(copy) if edit else value for key, (value, edit) in fields.items()}
