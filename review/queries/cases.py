"""Cases by their number: the row itself, and the row locked for a change."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.models import Case
from review.queries.ready import Ready

_LOCKED = (
    sa.select(Case)
    .where(Case.id == sa.bindparam("case_id", type_=sa.Integer))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


_LOCK = Ready(
    lambda: (
        sa.select(Case.id).where(Case.id == sa.bindparam("case_id", type_=sa.Integer)).with_for_update(key_share=True)
    )
)


def lock_case(session: Session, case_id: int) -> Case:
    """Lock a case's row until the transaction ends and return it as it is now; raise NotFound.

    Every write under a case begins here, so that two writers come one after the other.
    """
    case = session.scalar(_LOCKED, {"case_id": case_id})
    if case is None:
        raise NotFound
    return case


def lock_row(session: Session, case_id: int) -> None:
    """Lock a case's row as lock_case() does, if it is there, for who reads afterwards what they need of it.

    On SQLite who writes has every row to themselves from the beginning: none is asked for.
    """
    session.flush()
    if session.get_bind().dialect.name != "sqlite":
        _LOCK.rows(session.connection(), {"case_id": case_id})


def lock_cases(session: Session, case_ids: Collection[int]) -> dict[int, Case]:
    """Lock the rows of several cases, by their number, before anything is written under the first of them.

    A transaction that locks its second case after it has appended to the trail, whose end is locked by then, could
    wait for somebody who has that case and waits for the trail.
    """
    chosen = sa.select(Case).where(Case.id.in_(case_ids)).order_by(Case.id)
    locked = chosen.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {case.id: case for case in session.scalars(locked)}
