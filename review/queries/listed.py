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
    return f"nullif(json_group_array(json_array({compiler.process(element.clauses, **kw)})), '[]')"


@compiles(ListOfRows, "postgresql")
def _write_for_postgresql(element: ListOfRows, compiler: Any, **kw: Any) -> str:
    return f"CAST(json_agg(json_build_array({compiler.process(element.clauses, **kw)})) AS TEXT)"


class JoinedWords(FunctionElement[Any]):
    """A word of each row of a group, with commas between them; nothing where there are none."""

    name = "joined_words"
    type = sa.Text()
    inherit_cache = True


@compiles(JoinedWords, "sqlite")
def _join_on_sqlite(element: JoinedWords, compiler: Any, **kw: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kw)}, ',')"


@compiles(JoinedWords, "postgresql")
def _join_on_postgresql(element: JoinedWords, compiler: Any, **kw: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kw)}, ',')"
