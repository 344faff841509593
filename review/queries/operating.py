"""How the work stands that happens by itself: mails, timers, jobs; counts and ages, nothing of anybody."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.mail_times import DIGESTED
from review.domain.values import dataclass
from review.models import AuditEvent, Message, PacketFile, Timer

JOB_TABLE = "workflow_status"
WAITING, RUNNING = "ENQUEUED", "PENDING"
FAILED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@dataclass(frozen=True)
class WorkRow:
    """What waits and what failed; `sweep_lag` is by how many seconds the oldest thing that is due is late."""

    mails_waiting: int
    mails_failing: int
    timers_due: int
    packets_failed: int
    sweep_lag: float


@dataclass(frozen=True)
class JobsRow:
    """The job engine's jobs; `oldest_wait` in seconds, of those that wait."""

    waiting: int
    running: int
    failed: int
    oldest_wait: float


def load_work(session: Session, *, now: datetime) -> WorkRow:
    """Return how mails, timers and prints stand."""
    is_due = sa.and_(Message.due_at <= now, Message.template.not_in(DIGESTED))
    waiting, failing, mail_due_at = session.execute(
        sa.select(
            sa.func.count(), sa.func.count().filter(Message.attempts > 0), sa.func.min(Message.due_at).filter(is_due)
        ).where(Message.sent_at.is_(None), Message.dropped_at.is_(None))
    ).one()
    timers_due, timer_due_at = session.execute(
        sa.select(sa.func.count(), sa.func.min(Timer.due_at)).where(Timer.done_at.is_(None), Timer.due_at <= now)
    ).one()
    failed = session.scalar(sa.select(sa.func.count()).where(PacketFile.state == "failed")) or 0
    lags = [(now - due_at).total_seconds() for due_at in (mail_due_at, timer_due_at) if due_at is not None]
    return WorkRow(waiting, failing, timers_due, failed, max(lags, default=0.0))


def load_jobs(session: Session, *, now: datetime) -> JobsRow:
    """Return how the job engine's jobs stand; nothing where there is no engine."""
    schema = "dbos" if session.get_bind().dialect.name == "postgresql" else None
    connection = session.connection()
    if not sa.inspect(connection).has_table(JOB_TABLE, schema=schema):
        return JobsRow(0, 0, 0, 0.0)
    table = sa.table(JOB_TABLE, sa.column("status"), sa.column("created_at"), schema=schema)
    counted = sa.select(table.c.status, sa.func.count(), sa.func.min(table.c.created_at)).group_by(table.c.status)
    found = {status: (count, first) for status, count, first in session.execute(counted)}
    waiting, first = found.get(WAITING, (0, None))
    wait = 0.0 if first is None else max(0.0, now.timestamp() - first / 1000)
    return JobsRow(waiting, found.get(RUNNING, (0, None))[0], sum(found.get(one, (0, 0))[0] for one in FAILED), wait)


def find_last_backup(session: Session) -> datetime | None:
    """Return when the last backup was made, by the trail."""
    kind = sa.select(AuditEvent.at).where(AuditEvent.kind == "installation.backup")
    return session.scalar(kind.order_by(AuditEvent.seq.desc()).limit(1))


def find_newest_event(session: Session) -> datetime:
    """Return the moment of the newest event, or the beginning of time."""
    newest = session.scalar(sa.select(AuditEvent.at).order_by(AuditEvent.seq.desc()).limit(1))
    return newest or datetime.min.replace(tzinfo=UTC)
