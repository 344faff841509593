"""Each page begins with a statement that goes through nobody but the reader and theirs, whichever index is newest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.queries.sign_ins import find_sign_in

INDEXES = {"ix_person_is_active": "is_active", "ix_person_manager_id": "manager_id"}


@pytest.mark.parametrize("newest", INDEXES)
def test_reports_are_looked_for_by_their_manager(session: Session, now: datetime, newest: str) -> None:
    connection, issued = session.connection(), []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        issued.append((statement, values))

    connection.exec_driver_sql(f"DROP INDEX {newest}")
    connection.exec_driver_sql(f"CREATE INDEX {newest} ON person ({INDEXES[newest]})")
    sa.event.listen(connection, "before_cursor_execute", note)
    assert find_sign_in(session.connection(), "nobody", today=now.date()) is None
    sa.event.remove(connection, "before_cursor_execute", note)
    [(statement, values)] = issued
    steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    looked = [step[3] for step in steps if step[3].startswith("SEARCH person_2 ")]
    assert looked == ["SEARCH person_2 USING INDEX ix_person_manager_id (manager_id=?)"]
