"""A row that there is once: whoever comes second with its key writes nothing, or writes it anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from review.models.base import Base


def insert_once(
    session: Session,
    model: type[Base],
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    unique: Sequence[str] = ("key",),
) -> Any:
    """Return an INSERT that does nothing where a row with the same values in the `unique` columns stands already.

    A second transaction with the same values waits for the first one to end.
    """
    return _insert(session, model, values).on_conflict_do_nothing(index_elements=unique)


def write_over(
    session: Session, model: type[Base], values: Mapping[str, Any], *, unique: Sequence[str], change: Sequence[str]
) -> Any:
    """Return an INSERT that changes these columns alone where a row with the same `unique` values stands already.

    A second transaction with the same values waits for the first one to end.
    """
    anew = {name: values[name] for name in change}
    return _insert(session, model, values).on_conflict_do_update(index_elements=unique, set_=anew)


def _insert(session: Session, model: type[Base], values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
    """Return the INSERT of this session's own database: a process loads the words of the one it works on alone."""
    dialect = import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}")
    return dialect.insert(model).values(values)
