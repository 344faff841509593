"""How PostgreSQL plans the statements of pages: once for all values, or for the very values they are run with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

STANDING_ALONE = {"isolation_level": "AUTOCOMMIT"}
"""The execution options of a connection whose statements each stand alone, in no transaction."""
SPELT_OUT = "spelt_out"
"""What tells the compiler that the words it writes are run as they stand, without SQLAlchemy."""


class _PlannedOnce:
    """Before a database's own compiler: writes how many rows are wanted into the statement.

    Of a parameter the planner would think that it is a tenth of all.
    """

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """Return LIMIT and OFFSET of a SELECT; where it is spelt out once for all runs, with the number itself."""
        limit, offset = select._limit_clause, select._offset_clause
        own: Any = super()
        if limit is None or not select._simple_int_clause(limit):
            return str(own.limit_clause(select, **kw))
        skipped = "" if offset is None else f" OFFSET {own.process(offset, **kw)}"
        most = limit.value if kw.get(SPELT_OUT) else own.process(limit.render_literal_execute(), **kw)
        return f"\n LIMIT {most}{skipped}"


def plan_once(engine: Engine) -> None:
    """Let an engine on PostgreSQL write its statements so that they are planned well for all values at once.

    Its compiler is made here, from the one the engine has: a process on SQLite never loads that of PostgreSQL.
    """
    own = engine.dialect.statement_compiler
    engine.dialect.statement_compiler = type("PlannedOnce", (_PlannedOnce, own), {})


def plan_for_these(session: Session) -> None:
    """Let PostgreSQL plan the statements of this transaction for their very values, as those of an analysis need.

    How many rows there are of a phase, or of a kind of event, decides there which table is read first. Where statements
    stand alone, those that follow become one transaction: what is said of plans would be forgotten at once.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    if session.connection().get_execution_options().items() >= STANDING_ALONE.items():
        session.execute(sa.text("BEGIN"))
    session.execute(sa.text("SET LOCAL plan_cache_mode = force_custom_plan"))
