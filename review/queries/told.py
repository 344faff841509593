"""Earlier cases whose outcome their candidate was told: only what was told can bind a later one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from review.domain.phase import Phase

TOLD = (str(Phase.ANNOUNCED), str(Phase.CLOSED))
WITHDRAWN = "withdrawn"


def was_told(case: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a case was announced; one withdrawn before that never was.

    Args:
        case: Case, or an alias of it.
    """
    return sa.and_(case.phase.in_(TOLD), sa.or_(case.outcome.is_(None), case.outcome != WITHDRAWN))
