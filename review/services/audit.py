"""The only writer of audit events: an append-only chain under a secret key."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NoLongerHere
from review.domain.sealed_detail import CHANCE_BYTES, seal_detail
from review.domain.trail import EventFacts, seal_event
from review.models import AuditEvent, AuditHead, Person
from review.queries.trail import check_trail
from review.services.audit_head import Subject, audit_key, find_keys, lock_head


@dataclass(frozen=True, slots=True)
class Entry:
    """One of many events, still to be recorded; `by` and `at` where somebody else did it, or at another moment."""

    kind: str
    case_id: int | None = None
    subject_type: str | None = None
    subject_id: int | None = None
    detail: dict[str, Any] | None = None
    by: Actor | None = None
    at: datetime | None = None


def record(
    session: Session,
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    case_id: int | None = None,
    subject_type: str | None = None,
    subject_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append an event to the chain, in the caller's transaction.

    The head row is locked last of all locks and held until the commit, so events are in commit order without gaps.

    Args:
        kind: a dotted word, e.g. `case.seal`.
        detail: ids, codes and counts only; never what a person wrote. Kept under the key of whom the event is about.

    Raises NoLongerHere when the actor has left meanwhile.
    """
    entry = Entry(kind, case_id, subject_type, subject_id, detail)
    [row] = _append(session, [entry], actor=actor, now=now)
    event = AuditEvent(**row)
    session.add(event)
    session.flush()
    return event


def record_all(session: Session, entries: Iterable[Entry], *, actor: Actor, now: datetime) -> None:
    """Append many events of one act to the chain: the head is locked once and the rows go in together."""
    if rows := _append(session, list(entries), actor=actor, now=now):
        session.flush()
        session.execute(sa.insert(AuditEvent), rows)


def find_break(session: Session) -> int | None:
    """Return the first seq at which the chain does not hold, or None when it is whole."""
    return check_trail(session, audit_key(session)).broken_at


def _append(session: Session, entries: list[Entry], *, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Move the end of the chain on and return the events as rows, still to be written."""
    session.flush()
    subjects = [_subject_of(entry, entry.by or actor) for entry in entries]
    head = lock_head(session, *subjects[:1])
    keys, secret = find_keys(session, subjects), audit_key(session).encode()
    rows: list[dict[str, Any]] = []
    end, mac = head.seq, head.mac
    for entry, subject in zip(entries, subjects, strict=True):
        end, key, acting = end + 1, keys[subject], entry.by or actor
        chance = secrets.token_bytes(CHANCE_BYTES)
        sealed = seal_detail(entry.detail or {}, key=key.key, seq=end, kind=entry.kind, chance=chance)
        facts = EventFacts(
            seq=end,
            at=entry.at or now,
            kind=entry.kind,
            actor_id=acting.person_id,
            on_behalf_of_id=acting.on_behalf_of,
            case_id=entry.case_id,
            subject_type=entry.subject_type,
            subject_id=entry.subject_id,
            key_person_id=key.person_id,
            detail_hash=sealed.hash,
            sealed_detail=sealed.blob,
        )
        mac = seal_event(facts, mac, secret)
        rows.append({**facts._asdict(), "mac": mac})
    if rows:
        _move_end(session, head, end, mac, {row["actor_id"] for row in rows})
    return rows


def _move_end(session: Session, head: AuditHead, end: int, mac: str, actors: Collection[int | None]) -> None:
    """Keep the new end of the chain, unless one of those who act has left by now.

    They were let in just before. This statement looks after the lock was taken: what comes after
    their leaving in the chain is refused, however long it waited.
    """
    is_gone = sa.exists().where(Person.id.in_(actors), ~Person.is_active, ~Person.is_external)
    moved = sa.update(AuditHead).where(AuditHead.id == head.id, ~is_gone).values(seq=end, mac=mac)
    moved = moved.returning(AuditHead.id).execution_options(synchronize_session="fetch")
    if session.execute(moved).first() is None:
        raise NoLongerHere


def _subject_of(entry: Entry, actor: Actor) -> Subject:
    """Return whom an event is about: of a case its candidate, else the person it names, else who did it."""
    if entry.case_id is not None:
        return Subject(entry.case_id, None)
    return Subject(None, entry.subject_id if entry.subject_type == "person" else actor.person_id)
