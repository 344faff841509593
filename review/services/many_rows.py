"""Many rows changed by one statement, past the objects of the session."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session


def change_rows(session: Session, statement: Any) -> int:
    """Run a DELETE or UPDATE and return how many rows it met; what the session holds of them stays as it was read."""
    result: sa.CursorResult[Any] = session.execute(  # type: ignore[assignment]
        statement.execution_options(synchronize_session=False)
    )
    return result.rowcount
