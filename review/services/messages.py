"""The outbox: mail written in the transaction that causes it, sent later, if its reader may still know of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.mail_times import (
    AT_ONCE,
    DIGEST,
    DIGESTED,
    LEAVERS_HOLD,
    PROPOSAL_WAITS,
    SECOND_RATING,
    MailHours,
)
from review.domain.request_mails import WHILE_WAITING, choose_mail
from review.domain.values import dataclass
from review.models import Message
from review.queries.mail import MailSubject, date_by_request, is_waiting, load_mail_subject
from review.queries.mail_times import find_first_lines, hours_of, select_with_hours
from review.queries.open_work import has_open_work
from review.queries.proposals import may_agree
from review.queries.second_raters import is_second_rating_waiting
from review.services.first_writes import insert_once
from review.services.invite_links import make_link
from review.services.password_links import FORGOTTEN, make_reset_path

LEASE = timedelta(minutes=10)
"""How long a claimed message is left to the process that claimed it; after that it is taken for dead."""
LONGEST_PAUSE = timedelta(hours=1)
GATHERED, AT_ONCE_WRITTEN = "gathered_messages", 100


@dataclass(frozen=True)
class DueMail:
    """A claimed message, ready to be put into words: for whom, about what, and from which template.

    `lines`: what a digest says, each with its own template; empty for every other mail.
    """

    message_id: int
    key: str
    template: str
    params: Mapping[str, Any]
    subject: MailSubject
    lines: tuple[DueMail, ...] = ()


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
        params: ids, dates and codes for the template, and why HR discarded a proposal of HR; never feedback text, a
            rating, a vote or a decision.
        due_at: not before this moment; now when left out.
    """
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
    gathered_now: list[dict[str, Any]] | None = session.info.get(GATHERED)
    if gathered_now is not None:
        gathered_now.append(values)
        return
    session.flush()
    session.execute(insert_once(session, Message, values))


@contextmanager
def gathered(session: Session) -> Iterator[None]:
    """Write all mails that are enqueued inside with few statements at its end, in their order; after an error none."""
    kept: list[dict[str, Any]] = []
    session.info[GATHERED] = kept
    try:
        yield
    finally:
        del session.info[GATHERED]
    session.flush()
    for start in range(0, len(kept), AT_ONCE_WRITTEN):
        session.execute(insert_once(session, Message, kept[start : start + AT_ONCE_WRITTEN]))


def claim_due(session: Session, *, now: datetime, limit: int = 50, zone: str = "UTC") -> tuple[int, ...]:
    """Take messages that are due and return their ids; nobody else gets them before the lease ends.

    What falls into its reader's quiet hours is put off until they end, a digest on a day off until the next working
    morning. What goes into a digest is left to it.
    The caller commits before it sends, so no lock is held while a mail server answers.

    Args:
        zone: the installation's, for readers without one.
    """
    waiting = (
        select_with_hours(Message.id, Message.template)
        .where(Message.template.not_in(DIGESTED), Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True, of=Message)
    )
    while rows := session.execute(waiting).all():
        ready, lines = [], find_first_lines(session, [row.id for row in rows if row.template == DIGEST])
        for row in rows:
            hours = hours_of(lines.get(row.id, row), zone=zone, now=now)
            until = _find_later(row.template, hours, now)
            if until is None:
                ready.append(row.id)
            else:
                _put_off(session, row.id, until)
        if ready:
            values = {"due_at": now + LEASE, "attempts": Message.attempts + 1}
            session.execute(
                sa.update(Message)
                .where(Message.id.in_(ready))
                .values(values)
                .execution_options(synchronize_session=False)
            )
            return tuple(ready)
    return ()


def _find_later(template: str, hours: MailHours, now: datetime) -> datetime | None:
    """Return until when a waiting mail is put off for its reader's sake; None when it may go now."""
    if template in AT_ONCE:
        return None
    return (hours.find_end_of_days_off(now) if template == DIGEST else None) or hours.find_end_of_quiet(now)


def _put_off(session: Session, message_id: int, until: datetime) -> None:
    put_off = sa.update(Message).where(Message.id == message_id).values(due_at=until)
    session.execute(put_off.execution_options(synchronize_session=False))


def open_due(session: Session, message_id: int, *, now: datetime) -> DueMail | None:
    """Return what a claimed message says, or None when its reader may no longer know of it, or need not.

    Of a digest only the lines are left that the reader may know of now, of several about one request one; without any
    it is not sent. Side effects: what may not be read any more is dropped, with the moment; a mail to somebody from
    outside gets its link.
    """
    message = session.get_one(Message, message_id, populate_existing=True)
    due = _open(session, message, now)
    if due is None:
        return None
    lines = tuple(_with_link(session, line, now) for line in due.lines)
    return replace(_with_link(session, due, now), lines=lines)


def _open(session: Session, message: Message, now: datetime) -> DueMail | None:
    place = str(message.params.get("place", ""))
    subject = load_mail_subject(session, message.to_person_id, message.case_id, now=now)
    is_wanted = _is_wanted(session, message, place)
    lines = _open_lines(session, message, now) if message.template == DIGEST and subject is not None else ()
    if subject is None or not is_wanted or (message.template == DIGEST and not lines):
        message.dropped_at = now
        session.flush()
        return None
    subject = date_by_request(session, subject, place, now=now)
    return DueMail(message.id, message.key, message.template, message.params, subject, lines)


def _is_wanted(session: Session, message: Message, place: str) -> bool:
    """Tell whether what a mail asks for still waits for its reader."""
    if message.template == PROPOSAL_WAITS:
        return may_agree(session, message.to_person_id, str(message.params["kind"]), int(message.params["id"]))
    if message.template == LEAVERS_HOLD:
        return has_open_work(session, message.to_person_id)
    if message.template == SECOND_RATING and message.case_id is not None:
        return is_second_rating_waiting(session, message.case_id, message.to_person_id)
    return message.template not in WHILE_WAITING or is_waiting(session, place)


def _open_lines(session: Session, digest: Message, now: datetime) -> tuple[DueMail, ...]:
    """Return what a digest may still say, in the order in which it happened; about one request it says one thing."""
    rows = session.scalars(
        sa.select(Message)
        .where(Message.digest_id == digest.id, Message.dropped_at.is_(None))
        .order_by(Message.id)
        .execution_options(populate_existing=True)
    ).all()
    opened = [line for row in rows if (line := _open(session, row, now)) is not None]
    by_subject: dict[object, list[DueMail]] = defaultdict(list)
    for line in opened:
        by_subject[_find_about(line)].append(line)
    kept = {lines[choose_mail([line.template for line in lines])].message_id for lines in by_subject.values()}
    return tuple(line for line in opened if line.message_id in kept)


def _find_about(line: DueMail) -> object:
    """Return what a line is about, the same for lines of which one is enough; lines that name a page tell no number."""
    if line.template in {*WHILE_WAITING, PROPOSAL_WAITS, LEAVERS_HOLD} and "place" in line.params:
        return line.params["place"]
    return (line.template, line.subject.case_id) if "page" in line.params else line.message_id


def _with_link(session: Session, due: DueMail, now: datetime) -> DueMail:
    if due.template == FORGOTTEN:
        person_id = session.get_one(Message, due.message_id).to_person_id
        return replace(due, subject=replace(due.subject, path=make_reset_path(session, person_id, now=now)))
    if due.subject.invite_id is None:
        return due
    path = f"/outside/{make_link(session, due.subject.invite_id, now=now)}"
    return replace(due, subject=replace(due.subject, path=path))


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
    """Note that a mail server has taken the message, and with a digest all that it said."""
    session.execute(
        sa.update(Message)
        .where(sa.or_(Message.id == message_id, Message.digest_id == message_id), Message.dropped_at.is_(None))
        .values(sent_at=now, last_error=None)
        .execution_options(synchronize_session=False)
    )


def mark_failed(session: Session, message_id: int, error: str, *, now: datetime) -> None:
    """Note why a message could not be sent; it is tried again after 1, 2, 4 … minutes, at most an hour."""
    message = session.get_one(Message, message_id, populate_existing=True)
    message.last_error = error[:500]
    message.due_at = now + min(timedelta(minutes=2 ** min(message.attempts - 1, 10)), LONGEST_PAUSE)
    session.flush()
