"""Words that a statement always asks for, put where they cost nothing more at each run."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa


def fixed(words: Iterable[str]) -> list[sa.ColumnElement[str]]:
    """Return words for `in_` and `not_in` of a statement that is built once; a plain list is spelt out at every run."""
    return [sa.literal(str(word)) for word in words]
