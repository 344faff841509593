"""Rows beside a row, as one text: what many rows have alike comes as the same text, and is read once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


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
    """A word of each row of a group by its name, two columns, as one text: a JSON object. No name comes twice."""

    name = "named_words"
    type = sa.Text()
    inherit_cache = True


@compiles(NamedWords, "sqlite")
def _name_on_sqlite(element: NamedWords, compiler: Any, **kw: Any) -> str:
    return f"json_group_object({compiler.process(element.clauses, **kw)})"


@compiles(NamedWords, "postgresql")
def _name_on_postgresql(element: NamedWords, compiler: Any, **kw: Any) -> str:
    return f"CAST(json_object_agg({compiler.process(element.clauses, **kw)}) AS TEXT)"
