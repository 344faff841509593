"""No index of a table is the beginning of another one: each row would be written into both."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from review.models import Base

ARGUED = {
    "ix_person_is_active": "how many are here is counted by reading it; a wider one takes longer with everybody in it"
}
"""Index → why it stands beside the one that it begins."""


@pytest.mark.both_databases
def test_no_index_is_the_beginning_of_another(engine: sa.Engine) -> None:
    repeated = set()
    for table in Base.metadata.tables:
        wholes = list_wholes(engine, table)
        for name, columns in wholes.items():
            longer = [other for other, more in wholes.items() if other != name and more[: len(columns)] == columns]
            if longer and name.startswith("ix_"):
                repeated.add(name)
    assert repeated == ARGUED.keys()


def list_wholes(engine: sa.Engine, table: str) -> dict[str, list[Any]]:
    """Return the columns of each key and index that holds all rows of a table."""
    seen = sa.inspect(engine)
    indexes = [each for each in seen.get_indexes(table) if not has_condition(each)]
    primary = {"pk": seen.get_pk_constraint(table)["constrained_columns"]}
    unique = {str(each["name"]): each["column_names"] for each in seen.get_unique_constraints(table)}
    return primary | unique | {str(each["name"]): each["column_names"] for each in indexes}


def has_condition(index: Any) -> bool:
    """Tell whether an index holds some of the rows alone."""
    return any(name.endswith("_where") for name in index.get("dialect_options", {}))
