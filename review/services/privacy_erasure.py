"""Erasing a person: proposed by one HR partner with a dry run, approved by another, done whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor, Role
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.proposals import Kind, Proposal, accept_reason
from review.domain.text import text
from review.models import Erasure, Person, Tombstone
from review.queries.privacy_erasure import ERASED, find_obstacles, mark
from review.queries.privacy_requests import may_handle
from review.services import audit
from review.services.person_keys import erase_key
from review.services.privacy_person import erase_rows, identifiers_of
from review.services.proposals import tell_agreed, tell_partners, tell_returned
from review.services.request_keys import claim

LONGEST_REASON = 1_000


class _DryRun(Exception):
    """Ends a dry run: what it did is undone."""


def propose_erasure(
    session: Session, person_id: int, reason: str, *, actor: Actor, now: datetime, request_key: str | None = None
) -> int | None:
    """Propose to erase somebody, with what would go as a dry run says; another HR partner approves.

    Raises NotFound for who is no HR partner without a part in their cases, TransitionRefused with every obstacle,
    Invalid. None when this form was sent before.
    """
    person = _lock_person(session, person_id, actor)
    if faults := _find_faults(reason):
        raise Invalid(faults)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    counts = dry_run(session, person_id, actor=actor, now=now)
    waiting = sa.select(Erasure.id).where(
        Erasure.person_id == person.id, Erasure.done_at.is_(None), Erasure.cancelled_at.is_(None)
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise TransitionRefused([text("It is proposed already")])
    row = Erasure(
        person_id=person.id, reason=reason.strip(), proposed_by_id=actor.person_id, proposed_at=now, counts=counts
    )
    session.add(row)
    session.flush()
    _note(session, "erasure.propose", row, actor, now)
    tell_partners(session, Proposal(Kind.ERASURE, row.id), now=now)
    return row.id


def dry_run(session: Session, person_id: int, *, actor: Actor, now: datetime) -> dict[str, int]:
    """Return how much of what would go, by doing it and undoing it; no file is touched.

    Raises NotFound and TransitionRefused as propose_erasure() does.
    """
    person = _lock_person(session, person_id, actor)
    _refuse(session, person, actor, now)
    counts: dict[str, int] = {}
    try:
        with session.begin_nested():
            counts = erase_rows(session, person, has_files=False)
            raise _DryRun
    except _DryRun:
        session.expire_all()
    return counts


def approve_erasure(session: Session, erasure_id: int, *, actor: Actor, now: datetime) -> None:
    """Erase somebody: rows, words, files, addresses, the key of the record's details.

    Raises NotFound as propose_erasure() does, NotAllowed for who proposed it, TransitionRefused with every obstacle.
    """
    row = _lock(session, erasure_id, actor)
    if row.proposed_by_id == actor.person_id:
        raise NotAllowed(text("Somebody else has to approve what you proposed"), is_known=True)
    person = session.get_one(Person, row.person_id)
    _refuse(session, person, actor, now)
    _erase(session, row, person, actor, now)
    tell_agreed(session, Proposal(Kind.ERASURE, row.id), row.proposed_by_id, actor=actor, now=now)


def cancel_erasure(session: Session, erasure_id: int, why: str, *, actor: Actor, now: datetime) -> None:
    """Give a proposal up and say why.

    The mail to whoever proposed it leads there and does not say it: it could tell of the person, and would stay.

    Raises as approve_erasure() does, but for who proposed it, who may; Invalid without a reason for everybody else.
    """
    row = _lock(session, erasure_id, actor)
    row.cancelled_why = accept_reason(why, is_own=row.proposed_by_id == actor.person_id)
    row.cancelled_at, row.cancelled_by_id = now, actor.person_id
    session.flush()
    _note(session, "erasure.cancel", row, actor, now, why=row.cancelled_why)
    tell_returned(session, Proposal(Kind.ERASURE, row.id), row.proposed_by_id, "", actor=actor, now=now)


def list_for_restore(session: Session) -> list[dict[str, Any]]:
    """Return whom a restored place has to erase anew: numbers and keyed hashes, no name and no address."""
    rows = session.execute(
        sa.select(Erasure.person_id, Erasure.id, Erasure.done_at)
        .where(Erasure.done_at.is_not(None))
        .order_by(Erasure.id)
    ).all()
    found = []
    for person_id, number, done_at in rows:
        marks = session.scalars(
            sa.select(Tombstone.digest).where(Tombstone.erasure_id == number).order_by(Tombstone.digest)
        ).all()
        found.append({"person": person_id, "done_at": str(done_at), "marks": list(marks)})
    return found


def erase_again(session: Session, listed: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Erase in a restored place whoever was erased after the backup was made; return how many.

    A number counts only where the person there bears one of the hashes: it may be another's in another place.
    """
    done = 0
    for each in listed:
        person = session.get(Person, each["person"], with_for_update={"key_share": True}, populate_existing=True)
        if person is None or person.external_id.startswith(ERASED):
            continue
        if not {mark(session, kind, value) for kind, value in identifiers_of(session, person)} & set(each["marks"]):
            continue
        row = Erasure(
            person_id=person.id,
            reason="Erased before; this place was restored from a backup that was made earlier",
            proposed_by_id=person.id,
            proposed_at=now,
        )
        session.add(row)
        session.flush()
        _erase(session, row, person, SYSTEM, now)
        done += 1
    return done


def _erase(session: Session, row: Erasure, person: Person, actor: Actor, now: datetime) -> None:
    marks = {mark(session, kind, value) for kind, value in identifiers_of(session, person)}
    known = set(session.scalars(sa.select(Tombstone.digest).where(Tombstone.digest.in_(marks))))
    session.add_all(Tombstone(digest=each, erasure_id=row.id) for each in sorted(marks - known))
    row.counts = erase_rows(session, person, has_files=True)
    row.done_at, row.approved_by_id, row.reason = now, actor.person_id, ""
    session.flush()
    erase_key(session, person.id)
    _note(session, "erasure.done", row, actor, now)


def _refuse(session: Session, person: Person, actor: Actor, now: datetime) -> None:
    if obstacles := find_obstacles(session, person, actor=actor, today=now.date()):
        raise TransitionRefused(obstacles)


def _lock_person(session: Session, person_id: int, actor: Actor) -> Person:
    person = session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None or not actor.has(Role.HR) or not may_handle(session, actor, person_id):
        raise NotFound
    return person


def _lock(session: Session, erasure_id: int, actor: Actor) -> Erasure:
    row = session.get(Erasure, erasure_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound
    _lock_person(session, row.person_id, actor)
    if row.done_at is not None or row.cancelled_at is not None:
        raise TransitionRefused([text("Somebody has answered this already")])
    return row


def _find_faults(reason: str) -> list[Fault]:
    if not reason.strip():
        return [Fault(text("Please fill this in"), field="reason")]
    if len(reason) > LONGEST_REASON:
        return [Fault(text("This is too long"), text("at most %(count)s signs", count=LONGEST_REASON), field="reason")]
    return []


def _note(session: Session, kind: str, row: Erasure, actor: Actor, now: datetime, *, why: str = "") -> None:
    detail = {"erasure": row.id} | ({"why": why} if why else {})
    audit.record(session, kind, actor=actor, now=now, subject_type="person", subject_id=row.person_id, detail=detail)
