"""Rows as objects that are only read: of their model's class and of no session, so that what is set on one is refused.

To make the session's own objects takes several times as long, and a page of a case changes none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from review.models.base import Base

Model = TypeVar("Model", bound=Base)


class Snapshot(Generic[Model]):
    """The columns of a model for a statement, and what makes an object of their values."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model
        attributes = sa.inspect(model).column_attrs
        self._keys = [each.key for each in attributes]
        self.columns: list[sa.Label[Any]] = [
            each.columns[0].label(f"{model.__tablename__}_{each.key}") for each in attributes
        ]

    def read(self, values: Iterator[Any]) -> Model:
        """Return an object of the next values, which come in the order of `columns`."""
        made = self._model.__new__(self._model)
        vars(made).update(zip(self._keys, values, strict=False))
        return made
