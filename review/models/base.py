"""The declarative base: naming of constraints, UTC timestamps, and the version column that guards each edit.

Modules of tables do not put off annotations: each of 800 would be compiled anew at every start, a sixth of the time
that the tables take.
"""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC in the database; a naive one is refused."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return naive UTC for the driver; raise ValueError for a naive value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment as aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table shares."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy as a class attribute
        datetime: UTCDateTime,
        date: sa.Date,
        str: sa.Text,
        dict[str, Any]: sa.JSON,
        list[Any]: sa.JSON,
    }


ROWS = "rows"
"""Under what name an index that is not of all rows keeps of which it is."""


def index_some(name: str, *columns: str, rows: str, is_unique: bool = False) -> sa.Index:
    """Return an index of those rows alone of which a condition in SQL is true.

    Said as SQLAlchemy has it, once for each database, each process would load all there is for both of them.
    """
    return sa.Index(name, *columns, unique=is_unique, info={ROWS: rows})


@sa.event.listens_for(Base.metadata, "before_create")
def say_rows(metadata: sa.MetaData, connection: sa.Connection, **_options: Any) -> None:
    """Say of which rows indexes are to the database that is worked on: before tables are made, or compared with it."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if ROWS in index.info:
                index.dialect_kwargs[f"{connection.dialect.name}_where"] = sa.text(index.info[ROWS])


class Numbered:
    """A row with a number of its own."""

    id: Mapped[int] = mapped_column(primary_key=True)


class Versioned:
    """A row that people edit: an UPDATE from an old version touches no row and raises StaleDataError."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - the class is the argument
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]
