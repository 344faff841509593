"""Prints that failed: tried again, or given up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import JOBS
from review.domain.access import Actor
from review.models import PrintJob
from review.queries.cases import lock_case
from review.queries.printing import list_failed
from review.services import audit, printing
from review.services.request_keys import claim

MOST_AT_ONCE = 200
AGAIN = "again"
"""The share of those that are tried again all together."""


def try_again(
    session: Session, *, actor: Actor, now: datetime, only: int | None = None, request_key: str | None = None
) -> int:
    """Ask again for what failed, all that this actor sees or one of them; return how many.

    One whose packet is not sealed any more, or whose book is given up, is given up.

    Raises NotFound for who does not look after printing.
    """

    def ask(row: PrintJob) -> str:
        reopen = JOBS[row.kind].reopen
        if reopen is not None and not reopen(session, row.subject_id):
            row.state = "given_up"
            return "print.give_up"
        share = AGAIN if only is None else ""
        printing.ask(session, row.kind, row.subject_id, case_id=row.case_id, share=share, now=now)
        return "print.again"

    return _change(session, ask, only, request_key, actor=actor, now=now)


def give_up(
    session: Session, *, actor: Actor, now: datetime, only: int | None = None, request_key: str | None = None
) -> int:
    """Take what failed off the list, all that this actor sees or one of them; return how many.

    Whoever asks for such a print has it tried again. Raises NotFound for who does not look after printing.
    """

    def end(row: PrintJob) -> str:
        row.state = "given_up"
        return "print.give_up"

    return _change(session, end, only, request_key, actor=actor, now=now)


def _change(
    session: Session,
    change: Callable[[PrintJob], str],
    only: int | None,
    request_key: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> int:
    found = list_failed(session, actor, only=only, limit=MOST_AT_ONCE)
    if not claim(session, request_key, actor=actor, now=now):
        return 0
    for case_id in sorted({each.case_id for each in found if each.case_id is not None}):
        lock_case(session, case_id)
    ids = [each.id for each in found]
    failed = sa.select(PrintJob).where(PrintJob.id.in_(ids), PrintJob.state == "failed").order_by(PrintJob.id)
    rows = session.scalars(failed.with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    kinds = [(row, change(row)) for row in rows]
    entries = [
        audit.Entry(kind, case_id=row.case_id, subject_type="print_job", subject_id=row.id) for row, kind in kinds
    ]
    if entries:
        audit.record_all(session, entries, actor=actor, now=now)
    return len(entries)
