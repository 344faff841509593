"""The only writer of audit events: an append-only chain under a secret key."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NoLongerHere
from review.domain.sealed_detail import CHANCE_BYTES, seal_detail
from review.domain.trail import EventFacts, seal_event
from review.domain.values import dataclass
from review.models import Base
from review.queries.ready import Ready
from review.queries.trail import check_trail
from review.services.audit_head import Head, Subject, audit_key, find_keys, lock_head

_EVENT = Base.metadata.tables["audit_event"]
_INSERT = sa.insert(_EVENT)
_HEAD = Base.metadata.tables["audit_head"]
_PERSON = Base.metadata.tables["person"]


def _move_on(is_actor: sa.ColumnElement[bool]) -> sa.Update:
    """Return the statement that moves the end of the chain on, unless an actor has left.

    Who has left was let in just before; this is looked at once more after the lock was taken, however long that took.
    """
    is_gone = sa.exists().where(is_actor, ~_PERSON.c.is_active, ~_PERSON.c.is_external)
    moved = sa.update(_HEAD).where(_HEAD.c.id == sa.bindparam("head"), ~is_gone)
    return moved.values(seq=sa.bindparam("new_seq"), mac=sa.bindparam("new_mac"))


_MOVE_ON = _move_on(_PERSON.c.id.in_(sa.bindparam("actors", expanding=True)))


def _insert_one() -> sa.Insert:
    return sa.insert(_EVENT).values({column.name: sa.bindparam(f"new_{column.name}") for column in _EVENT.c})


def _move_on_after_one() -> sa.Update:
    return _move_on(_PERSON.c.id == sa.bindparam("new_actor_id", type_=sa.Integer))


_INSERT_ONE, _MOVE_ON_AFTER_ONE = Ready(_insert_one), Ready(_move_on_after_one)
"""Most events come alone: their statements are spelt out once."""
_APPEND_ONE = Ready(lambda: _move_on_after_one().add_cte(_insert_one().cte("added")))
"""Both in one, as PostgreSQL takes it: once there and back less while the end of the chain is locked."""


@dataclass(frozen=True)
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
) -> EventFacts:
    """Append an event to the chain, in the caller's transaction.

    The head row is locked last of all locks and held until the commit, so events are in commit order without gaps.

    Args:
        kind: a dotted word, e.g. `case.seal`.
        detail: ids, codes and counts only; never what a person wrote. Kept under the key of whom the event is about.

    Raises NoLongerHere when the actor has left meanwhile.
    """
    entry = Entry(kind, case_id, subject_type, subject_id, detail)
    return _append(session, [entry], actor=actor, now=now)[0]


def record_all(session: Session, entries: Iterable[Entry], *, actor: Actor, now: datetime) -> None:
    """Append many events of one act to the chain: the head is locked once and the rows go in together."""
    if events := list(entries):
        _append(session, events, actor=actor, now=now)


def find_break(session: Session) -> int | None:
    """Return the first seq at which the chain does not hold, or None when it is whole."""
    return check_trail(session, audit_key(session)).broken_at


def _append(session: Session, entries: list[Entry], *, actor: Actor, now: datetime) -> list[EventFacts]:
    """Write events and move the end of the chain on: two statements on the connection, an entity would take longer."""
    session.flush()
    subjects = [_subject_of(entry, entry.by or actor) for entry in entries]
    head = lock_head(session, *subjects[:1])
    keys, secret = find_keys(session, subjects), audit_key(session).encode()
    events: list[EventFacts] = []
    rows: list[dict[str, Any]] = []
    for entry, subject in zip(entries, subjects, strict=True):
        seq, key, acting = head.seq + 1, keys[subject], entry.by or actor
        chance = secrets.token_bytes(CHANCE_BYTES)
        sealed = seal_detail(entry.detail or {}, key=key.key, seq=seq, kind=entry.kind, chance=chance)
        facts = EventFacts(
            seq=seq,
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
        head.seq, head.mac = seq, seal_event(facts, head.mac, secret)
        events.append(facts)
        rows.append({**facts._asdict(), "mac": head.mac})
    _write(session.connection(), head, rows)
    return events


def _write(connection: Connection, head: Head, rows: list[dict[str, Any]]) -> None:
    """Put events into the trail and move its end on; raise NoLongerHere when one of their actors has left."""
    moved: dict[str, Any] = {"head": head.id, "new_seq": head.seq, "new_mac": head.mac}
    if len(rows) == 1:
        values = {**moved, **{f"new_{name}": value for name, value in rows[0].items()}}
        can_both = connection.dialect.name == "postgresql"
        if not can_both:
            _INSERT_ONE.change(connection, values)
        is_moved = (_APPEND_ONE if can_both else _MOVE_ON_AFTER_ONE).change(connection, values)
    else:
        connection.execute(_INSERT, rows)
        actors = [row["actor_id"] for row in rows if row["actor_id"] is not None]
        is_moved = connection.execute(_MOVE_ON, {**moved, "actors": list(dict.fromkeys(actors))}).rowcount
    if not is_moved:
        raise NoLongerHere


def _subject_of(entry: Entry, actor: Actor) -> Subject:
    """Return whom an event is about: of a case its candidate, else the person it names, else who did it."""
    if entry.case_id is not None:
        return Subject(entry.case_id, None)
    return Subject(None, entry.subject_id if entry.subject_type == "person" else actor.person_id)
