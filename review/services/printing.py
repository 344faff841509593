"""What is to be printed: asked for, begun by one worker alone, ended; the row that tells of it, beside the job.

Whoever changes a print locks its row first, then what is printed.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue
from review.models import PrintJob

LONGEST_ERROR = 500


def ask(
    session: Session, kind: str, subject_id: int, *, case_id: int | None = None, share: str = "", now: datetime
) -> None:
    """Ask for a print, for the first time or again.

    Args:
        kind: the name of the job.
        share: of whose batch it is: shares take turns. Without one, a person waits for it: it comes first.
    """
    row = _lock(session, kind, subject_id)
    if row is None:
        row = PrintJob(kind=kind, subject_id=subject_id, case_id=case_id, round=0, asked_at=now)
        session.add(row)
    row.state, row.share, row.asked_at, row.round = "waiting", share, now, row.round + 1
    row.tries, row.run, row.worker, row.error, row.started_at, row.ended_at = 0, "", "", None, None, None
    session.flush()
    enqueue(session, kind, subject_id, key=_key(row), share=share)


def hurry(session: Session, kind: str, subject_id: int) -> None:
    """Let a print that waits in a batch come before all batches, since a person waits for it now."""
    row = _lock(session, kind, subject_id)
    if row is None or row.state != "waiting" or not row.share:
        return
    row.share = ""
    session.flush()
    enqueue(session, kind, subject_id, key=f"{_key(row)}-now")


def begin(kind: str, session: Session, subject_id: int, *, run: str, worker: str, now: datetime) -> bool:
    """Note who prints; False where another job does, or has.

    The job of a dead worker goes on elsewhere under the same key, and may begin again.

    Args:
        run: the key of the job.
    """
    row = _lock(session, kind, subject_id)
    if row is None:
        return True
    if row.state != "waiting" and (row.state, row.run) != ("printing", run):
        return False
    row.state, row.run, row.worker, row.started_at, row.tries = "printing", run, worker, now, row.tries + 1
    session.flush()
    return True


def note_end(session: Session, kind: str, subject_id: int, *, error: str | None = None, now: datetime) -> None:
    """Note that a print is there, or why it is not."""
    row = _lock(session, kind, subject_id)
    if row is not None:
        row.state, row.ended_at = ("done" if error is None else "failed"), now
        row.error = None if error is None else error[:LONGEST_ERROR]
        session.flush()


def _key(row: PrintJob) -> str:
    return f"{row.kind}-{row.subject_id}" + (f"-{row.round}" if row.round > 1 else "")


def _lock(session: Session, kind: str, subject_id: int) -> PrintJob | None:
    this = (PrintJob.kind == kind, PrintJob.subject_id == subject_id)
    statement = sa.select(PrintJob).where(*this).with_for_update(key_share=True)
    return session.scalar(statement.execution_options(populate_existing=True))
