"""What a restored place must not do again: mail that was waiting, links and sign-ins of before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.values import dataclass
from review.models import InviteLink, Message, SignIn, Timer
from review.services import audit
from review.services.privacy_erasure import erase_again

HELD_BACK = "Held back: this place was restored from a backup, and the mail may have gone out since"


@dataclass(frozen=True)
class MadeSafe:
    """How much of each was ended: mails, notices that were due, sign-ins, links; and who was erased anew."""

    mails: int
    notices: int
    sign_ins: int
    links: int
    erased: int = 0


def make_safe(
    session: Session,
    *,
    backup_id: str,
    made_at: datetime,
    now: datetime,
    erasures: Sequence[Mapping[str, Any]] = (),
) -> MadeSafe:
    """End, in one transaction with its event, what must not live on in a place restored from a backup.

    Mails that had not been sent are dropped with the reason; notices of timers that have come due since are done
    with, for the place of before may have sent them. Actions of timers still happen: they change cases and send nothing
    that was sent. Sign-ins and links of before open nothing; a new link is mailed on demand or with the next reminder.

    Args:
        erasures: who was erased since the backup was made, from the list that is kept beside the backups.
    """
    waiting = (Message.sent_at.is_(None), Message.dropped_at.is_(None))
    made_safe = MadeSafe(
        mails=_change(session, sa.update(Message).where(*waiting).values(dropped_at=now, last_error=HELD_BACK)),
        notices=_end_notices(session, now),
        sign_ins=_change(session, sa.update(SignIn).where(SignIn.ended_at.is_(None)).values(ended_at=now)),
        links=_change(session, sa.update(InviteLink).where(InviteLink.ended_at.is_(None)).values(ended_at=now)),
        erased=erase_again(session, erasures, now=now),
    )
    detail = {"backup": backup_id, "made_at": made_at.isoformat(), **asdict(made_safe)}
    audit.record(session, "installation.restore", actor=SYSTEM, now=now, detail=detail)
    return made_safe


def record_backup(session: Session, *, backup_id: str, digest: str, now: datetime) -> None:
    """Keep that a backup was made: `dualtrack doctor` tells by it how old the last one is."""
    detail = {"backup": backup_id, "sha256": digest}
    audit.record(session, "installation.backup", actor=SYSTEM, now=now, detail=detail)


def _end_notices(session: Session, now: datetime) -> int:
    due = session.scalars(sa.select(Timer).where(Timer.done_at.is_(None), Timer.due_at <= now))
    notices = [timer.id for timer in due if timer.spec.get("fire") is None]
    for start in range(0, len(notices), 500):
        chunk = notices[start : start + 500]
        _change(session, sa.update(Timer).where(Timer.id.in_(chunk)).values(done_at=now))
    return len(notices)


def _change(session: Session, statement: Any) -> int:
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        statement.execution_options(synchronize_session=False)
    )
    return result.rowcount
