"""Earlier cases whose outcome their candidate was told, and the gaps they were told: only those bind a later one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from review.domain.phase import Phase
from review.models import Decision, Gap
from review.queries.fixed_words import fixed

TOLD = (str(Phase.ANNOUNCED), str(Phase.CLOSED))
WITHDRAWN = "withdrawn"


def was_told(case: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a case was announced; one withdrawn before that never was.

    Args:
        case: Case, or an alias of it.
    """
    return sa.and_(case.phase.in_(fixed(TOLD)), sa.or_(case.outcome.is_(None), case.outcome != WITHDRAWN))


def binds(case: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a gap stands in the "not yet" that its case was told.

    Gaps that were named before the committee came to another outcome were told to nobody.

    Args:
        case: Case, or an alias of it, that the gap is joined to.
    """
    not_yet = sa.exists().where(
        Decision.case_id == case.id, Decision.outcome == "not_yet", Decision.replaced_at.is_(None)
    )
    return sa.and_(was_told(case), Gap.removed_at.is_(None), not_yet)
