"""The outbox: mail written in the transaction that causes it, sent later, if its reader may still know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Message
from review.queries.mail import MailSubject, load_mail_subject
from review.services.first_writes import insert_once

LEASE = timedelta(minutes=10)
"""How long a claimed message is left to the process that claimed it; after that it is taken for dead."""
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DueMail:
    """A claimed message, ready to be put into words: for whom, about what, and from which template."""

    message_id: int
    key: str
    template: str
    params: Mapping[str, Any]
    subject: MailSubject


def enqueue_message(
    session: Session,
    *,
    key: str,
    to_person_id: int,
    template: str,
    params: Mapping[str, Any] | None = None,
    case_id: int | None,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Write a mail to be sent, in the caller's transaction; the same key twice is one mail.

    Args:
        params: ids, dates and codes for the template; never feedback text, a rating, a vote or a decision.
        due_at: not before this moment; now when left out.
    """
    session.flush()
    values = {
        "key": key,
        "to_person_id": to_person_id,
        "template": template,
        "params": dict(params or {}),
        "case_id": case_id,
        "created_at": now,
        "due_at": due_at or now,
        "attempts": 0,
    }
    session.execute(insert_once(session, Message, values))


def claim_due(session: Session, *, now: datetime, limit: int = 50) -> tuple[int, ...]:
    """Take messages that are due and return their ids; nobody else gets them before the lease ends.

    The caller commits before it sends, so no lock is held while a mail server answers.
    """
    waiting = (
        sa.select(Message.id)
        .where(Message.sent_at.is_(None), Message.dropped_at.is_(None), Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = tuple(session.scalars(waiting))
    session.execute(
        sa.update(Message)
        .where(Message.id.in_(ids))
        .values(due_at=now + LEASE, attempts=Message.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return ids


def open_due(session: Session, message_id: int, *, now: datetime) -> DueMail | None:
    """Return what a claimed message says, or None when its reader may no longer know of it.

    Side effect: a message that may not be read any more is dropped, with the moment.
    """
    message = session.get_one(Message, message_id, populate_existing=True)
    subject = load_mail_subject(session, message.to_person_id, message.case_id, now=now)
    if subject is None:
        message.dropped_at = now
        session.flush()
        return None
    return DueMail(message.id, message.key, message.template, message.params, subject)


def drop_unsent(session: Session, *, case_id: int, to_person_id: int, now: datetime) -> None:
    """Drop the mails about a case that somebody has not been sent yet."""
    session.execute(
        sa.update(Message)
        .where(
            Message.case_id == case_id,
            Message.to_person_id == to_person_id,
            Message.sent_at.is_(None),
            Message.dropped_at.is_(None),
        )
        .values(dropped_at=now)
        .execution_options(synchronize_session=False)
    )


def mark_sent(session: Session, message_id: int, *, now: datetime) -> None:
    """Note that a mail server has taken the message."""
    session.execute(sa.update(Message).where(Message.id == message_id).values(sent_at=now, last_error=None))


def mark_failed(session: Session, message_id: int, error: str, *, now: datetime) -> None:
    """Note why a message could not be sent; it is tried again after 1, 2, 4 … minutes, at most an hour."""
    message = session.get_one(Message, message_id, populate_existing=True)
    message.last_error = error[:500]
    message.due_at = now + min(timedelta(minutes=2 ** min(message.attempts - 1, 10)), LONGEST_PAUSE)
    session.flush()
