"""Statements that every request runs: spelt out once a process, not looked up at each run; read as by the driver.

Whoever listens to statements is told of these too, and errors are SQLAlchemy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn
from weakref import WeakKeyDictionary, WeakSet

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from review.domain.values import dataclass
from review.queries.statement_plans import SPELT_OUT

Statement = sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[Any] | sa.Insert | sa.Update
Convert = Callable[[Any], Any]
Filled = dict[str, Any] | tuple[Any, ...]
"""The values of all parameters, by name or by place."""


@dataclass(frozen=True)
class _Spelt:
    """A statement in the words of one database.

    `order`: the parameters' names where they go by place; `fixed`: those whose value is always the same; `into` and
    `out`: what turns given values, and read columns, from one side's form into the other's.
    """

    words: str
    order: tuple[str, ...] | None
    fixed: dict[str, Any]
    into: dict[str, Convert | None]
    out: tuple[tuple[int, Convert], ...]


class Ready:
    """A statement of columns that is built at its first run; each run gives values for all its parameters.

    Raises ValueError for one that SQLAlchemy would have to spell out at every run: lists go in by fixed().
    """

    def __init__(self, build: Callable[[], Statement]) -> None:
        self._build = build
        self._spelt: WeakKeyDictionary[Dialect, _Spelt] = WeakKeyDictionary()
        _READY.add(self)

    def spell_out(self, connection: Connection) -> None:
        """Build and spell out the statement for this connection's database ahead of its first run."""
        self._of(connection.dialect)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run a SELECT; return its rows."""
        spelt = self._of(connection.dialect)
        rows = _fetch(connection, spelt.words, _fill(spelt, values))
        if not spelt.out:
            return rows
        read = [list(row) for row in rows]
        for row in read:
            for place, convert in spelt.out:
                row[place] = convert(row[place])
        return read

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run an INSERT or UPDATE; return how many rows it touched."""
        spelt = self._of(connection.dialect)
        return _touch(connection, spelt.words, _fill(spelt, values))

    def _of(self, dialect: Dialect) -> _Spelt:
        spelt = self._spelt.get(dialect)
        if spelt is None:
            spelt = self._spelt[dialect] = _spell(self._build(), dialect)
        return spelt


_READY: WeakSet[Ready] = WeakSet()


def spell_all(connection: Connection) -> None:
    """Spell out all statements that there are so far."""
    for each in list(_READY):
        each.spell_out(connection)


def _fill(spelt: _Spelt, values: Mapping[str, Any]) -> Filled:
    given = dict(spelt.fixed)
    for name, convert in spelt.into.items():
        given[name] = values[name] if convert is None else convert(values[name])
    return given if spelt.order is None else tuple([given[name] for name in spelt.order])


def _fetch(connection: Connection, words: str, filled: Filled) -> Sequence[Sequence[Any]]:
    """Return the rows as the driver gives them: SQLAlchemy would describe their columns anew at each run.

    On a connection that is in no transaction the statement stands alone.
    """
    if _is_watched(connection):
        return connection.exec_driver_sql(words, filled).all()
    cursor = None
    try:
        cursor = connection.connection.cursor()
        cursor.execute(words, filled)
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
    except BaseException as error:
        _refuse(connection, error, words, filled, cursor)
    cursor.close()
    return rows


def _touch(connection: Connection, words: str, filled: Filled) -> int:
    """Return how many rows were touched."""
    if _is_watched(connection) or not connection.in_transaction():
        return connection.exec_driver_sql(words, filled).rowcount
    cursor = None
    try:
        cursor = connection.connection.cursor()
        cursor.execute(words, filled)
    except BaseException as error:
        _refuse(connection, error, words, filled, cursor)
    count: int = cursor.rowcount
    cursor.close()
    return count


def run_words(connection: Connection, words: str) -> None:
    """Run what gives nothing back on the driver's own cursor, as a transaction begins, say."""
    if _is_watched(connection):
        connection.exec_driver_sql(words)
        return
    cursor = None
    try:
        cursor = connection.connection.cursor()
        cursor.execute(words)
    except BaseException as error:
        _refuse(connection, error, words, (), cursor)
    cursor.close()


def _is_watched(connection: Connection) -> bool:
    """Tell whether SQLAlchemy has to run a statement, since somebody listens to them."""
    return bool(connection.dispatch.before_cursor_execute)


def _refuse(connection: Connection, error: BaseException, words: str, filled: Filled, cursor: Any) -> NoReturn:
    """Raise what SQLAlchemy raises for an error of the driver; a connection that has gone is given up as there."""
    connection._handle_dbapi_exception(error, words, filled, cursor, None)


def _spell(statement: Statement, dialect: Dialect) -> _Spelt:
    compiled: Any = statement.compile(dialect=dialect, compile_kwargs={SPELT_OUT: True})
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise ValueError(f"a list is spelt out at every run of {compiled.string}")
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    into = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
    fixed = {
        name: bind.value if into[name] is None else into[name](bind.value)
        for name, bind in binds.items()
        if not bind.required
    }
    columns = () if isinstance(statement, sa.Insert | sa.Update) else tuple(statement.selected_columns)
    out = ((place, column.type.dialect_impl(dialect)) for place, column in enumerate(columns))
    read = ((place, kind.result_processor(dialect, None)) for place, kind in out)
    return _Spelt(
        words=compiled.string,
        order=None if compiled.positiontup is None else tuple(compiled.positiontup),
        fixed=fixed,
        into={name: convert for name, convert in into.items() if name not in fixed},
        out=tuple((place, convert) for place, convert in read if convert is not None),
    )
