"""What was told to somebody by mail, for who reads it here instead; nothing of whom or what it was about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.values import dataclass
from review.domain.wording_list import NONE_CHANGED, Changed, keep_fit
from review.models import Message, Wording
from review.queries.mail import MailSubject, load_mail_subject

PAGE_SIZE = 50
DIGEST = "digest"


@dataclass(frozen=True)
class InboxRow:
    """One thing that was told: by which template, since when, and how its words were changed."""

    id: int
    template: str
    at: datetime
    changed: Changed


@dataclass(frozen=True)
class Inbox:
    """A page of messages, the newest first; `next_before` is where the next page starts."""

    rows: tuple[InboxRow, ...]
    next_before: int | None


def list_messages(
    session: Session, actor: Actor, *, now: datetime, before: int | None = None, most: int = PAGE_SIZE
) -> Inbox:
    """Return what was told to the actor, one statement; a digest by its lines, and nothing that had to be dropped.

    Args:
        before: only messages with a smaller id.
        most: how many.
    """
    statement = (
        sa.select(
            Message.id,
            Message.template,
            sa.func.coalesce(Message.sent_at, Message.created_at),
            Wording.words,
        )
        .outerjoin(Wording, Wording.piece == Message.template)
        .where(*_told_to(actor, now))
        .order_by(Message.id.desc())
        .limit(most + 1)
    )
    if before is not None:
        statement = statement.where(Message.id < before)
    found = [
        InboxRow(number, template, at, keep_fit({template: words})[0] if words else NONE_CHANGED)
        for number, template, at, words in session.execute(statement)
    ]
    return Inbox(tuple(found[:most]), found[most - 1].id if len(found) > most else None)


def find_message(
    session: Session, actor: Actor, message_id: int, *, now: datetime
) -> tuple[MailSubject, Mapping[str, Any]] | None:
    """Return what a message of the actor is about and its params; None when they may not know of that any more."""
    row = session.scalars(sa.select(Message).where(Message.id == message_id, *_told_to(actor, now))).one_or_none()
    subject = load_mail_subject(session, row.to_person_id, row.case_id, now=now) if row else None
    return (subject, row.params) if row and subject else None


def _told_to(actor: Actor, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    is_told = sa.or_(Message.sent_at.is_not(None), Message.due_at <= now)
    return Message.to_person_id == actor.person_id, Message.template != DIGEST, Message.dropped_at.is_(None), is_told
