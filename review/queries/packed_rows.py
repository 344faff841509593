"""Rows beside a row, as one text: what many rows have alike comes as the same text, and is read once."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

BETWEEN_NAMES, BEFORE_WORD = "\x1e", "\x1f"
"""The signs that are made for it, in no text of a page."""


class ListOfRows(FunctionElement[Any]):
    """All rows of a group as one text, a JSON list of lists; nothing where there are none."""

    name = "list_of_rows"
    type = sa.Text()
    inherit_cache = True


@compiles(ListOfRows, "sqlite")
def _write_for_sqlite(element: ListOfRows, compiler: Any, **kw: Any) -> str:
    return f"'[' || group_concat(json_array({compiler.process(element.clauses, **kw)})) || ']'"


@compiles(ListOfRows, "postgresql")
def _write_for_postgresql(element: ListOfRows, compiler: Any, **kw: Any) -> str:
    return f"CAST(json_agg(json_build_array({compiler.process(element.clauses, **kw)})) AS TEXT)"


class NamedWords(FunctionElement[Any]):
    """A word of each row of a group by its name, two columns, as one text for read_words(). No name comes twice.

    Each database writes it as it does fastest: PostgreSQL takes a fifth longer for an object, SQLite half as long.
    """

    name = "named_words"
    type = sa.Text()
    inherit_cache = True


@compiles(NamedWords, "sqlite")
def _name_on_sqlite(element: NamedWords, compiler: Any, **kw: Any) -> str:
    return f"json_group_object({compiler.process(element.clauses, **kw)})"


@compiles(NamedWords, "postgresql")
def _name_on_postgresql(element: NamedWords, compiler: Any, **kw: Any) -> str:
    name, word = (compiler.process(column, **kw) for column in element.clauses)
    return f"string_agg({name} || chr({ord(BEFORE_WORD)}) || {word}, chr({ord(BETWEEN_NAMES)}))"


def read_words(written: str | None) -> dict[str, str]:
    """Return the words by their names, in the order of the names; none where nothing is written."""
    if not written:
        return {}
    if BEFORE_WORD not in written:
        return dict(sorted(json.loads(written).items()))
    pairs = (each.partition(BEFORE_WORD) for each in written.split(BETWEEN_NAMES))
    return dict(sorted((name, word) for name, _, word in pairs))
