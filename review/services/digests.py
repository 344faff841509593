"""Digests: what is not urgent goes out in one mail a day to each person, on a working morning in their zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.mail_times import DIGEST, DIGESTED
from review.models import Message
from review.queries.mail_times import find_last_told, hours_of, select_with_hours
from review.services.first_writes import insert_once

PART = 100
"""Readers whose digests are made in one transaction: on SQLite nobody else saves meanwhile."""


def gather_digests(session: Session, *, zone: str, now: datetime) -> int:
    """Put what waited until a working morning into one digest for each reader; return how many digests that makes.

    A digest is one row for a person and a day. Lines join it only in the transaction that writes it, so a second
    gatherer adds nothing and no line is lost: what comes later waits for the next morning. So does everything while an
    earlier digest is still to be sent, or was sent today after its morning: nobody gets two on a day.

    Args:
        zone: the installation's, for readers without one.
    """
    return sum(gather_in_parts(session, zone=zone, now=now))


def gather_in_parts(session: Session, *, zone: str, now: datetime) -> Iterator[int]:
    """Do the same for a PART of the readers at a time; yield how many digests it made.

    The caller may end its transaction after each part, so that nobody waits for the digests of everybody.
    """
    lines = session.execute(
        select_with_hours(Message.to_person_id, Message.id, Message.due_at)
        .where(Message.template.in_(DIGESTED), Message.digest_id.is_(None), Message.due_at <= now)
        .order_by(Message.to_person_id, Message.id)
    ).all()
    told = find_last_told(session) if lines else {}
    readers = iter([(person_id, list(own)) for person_id, own in groupby(lines, key=attrgetter("to_person_id"))])
    while part := list(islice(readers, PART)):
        made = 0
        for person_id, own in part:
            hours = hours_of(own[0], zone=zone, now=now)
            morning = hours.find_morning(now)
            ids = [row.id for row in own if morning is not None and row.due_at <= morning]
            last = told.get(person_id)
            if ids and (last is None or last.leaves_room(hours, now)):
                day = hours.calendar.day_of(now).isoformat()
                made += _write(session, f"{DIGEST}-{person_id}-{day}", person_id, ids, now)
        yield made


def _write(session: Session, key: str, person_id: int, ids: list[int], now: datetime) -> bool:
    values = {
        "key": key,
        "to_person_id": person_id,
        "template": DIGEST,
        "params": {},
        "case_id": None,
        "created_at": now,
        "due_at": now,
        "attempts": 0,
    }
    number = session.scalar(insert_once(session, Message, values).returning(Message.id))
    if number is None:
        return False
    session.execute(
        sa.update(Message)
        .where(Message.id.in_(ids), Message.digest_id.is_(None), Message.sent_at.is_(None))
        .values(digest_id=number)
        .execution_options(synchronize_session=False)
    )
    return True
