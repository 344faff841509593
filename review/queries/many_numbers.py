"""Any number of numbers as one value of a statement: in an IN list each is a value, and no database takes any number.

PostgreSQL takes 65,535 values in a statement, SQLite 32,766 unless it was built for more; a company has more people.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NULLTYPE, TypeDecorator, TypeEngine

Named = sa.BindParameter[Collection[int]]


class Numbers(TypeDecorator[Collection[int]]):
    """Numbers as one value: an array on PostgreSQL, a JSON list on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's own type."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.ARRAY(sa.Integer))

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> object:
        """Return the value for the driver."""
        numbers = list(value or ())
        return json.dumps(numbers) if dialect.name == "sqlite" else numbers


class _IsAmong(FunctionElement[bool]):
    """Whether a column is one of the numbers: of a subquery they are looked up, an array would be gone through."""

    name = "is_among"
    type: Any = NULLTYPE  # of a boolean SQLAlchemy would ask SQLite whether it is 1, and no index is used for that
    inherit_cache = True


@compiles(_IsAmong, "sqlite")
def _write_for_sqlite(element: _IsAmong, compiler: Any, **kw: Any) -> str:
    column, numbers = (compiler.process(each, **kw) for each in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({numbers})))"  # noqa: S608 - the compiler's own words


@compiles(_IsAmong, "postgresql")
def _write_for_postgresql(element: _IsAmong, compiler: Any, **kw: Any) -> str:
    column, numbers = (compiler.process(each, **kw) for each in element.clauses)
    return f"({column} IN (SELECT unnest({numbers})))"


def is_among(column: Any, numbers: Collection[int] | Named) -> sa.ColumnElement[bool]:
    """Return the condition that a column is one of the numbers: what `in_` says, for lists that grow with a company."""
    value = numbers if isinstance(numbers, sa.BindParameter) else sa.literal(numbers, Numbers())
    return _IsAmong(column, value)


def named_numbers(name: str) -> Named:
    """Return such numbers as a parameter of a statement that is built once."""
    return sa.bindparam(name, type_=Numbers())
