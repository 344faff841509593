"""Erasures: why somebody cannot be erased now, proposals that wait, and what was erased before."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.sealed_detail import derive_keys, unwrap_secret
from review.domain.subject_access import OPEN
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import (
    AuditHead,
    Case,
    Erasure,
    LegalHold,
    Person,
    SubjectRequest,
    Tombstone,
)
from review.queries.own_part import is_part_of
from review.queries.privacy_holds import has_part, is_case_held, is_on
from review.queries.privacy_requests import is_handled_by

ERASED = "erased-"
"""How the number in the directory begins of who was erased."""
MARKING_KEY = "marking_key"
NAME = "A person who was erased"


@dataclass(frozen=True)
class ErasureRow:
    """A proposal or an erasure: whom, why, by whom, and how much of what goes or went."""

    id: int
    person: str
    reason: str
    proposed_by: str
    is_own: bool
    proposed_at: datetime
    approved_by: str
    done_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str
    cancelled_why: str
    counts: dict[str, int]

    @property
    def is_waiting(self) -> bool:
        """Tell whether a second person has to answer it."""
        return self.done_at is None and self.cancelled_at is None


def list_erasures(session: Session, actor: Actor) -> tuple[ErasureRow, ...]:
    """Return the proposals and erasures of people in whose cases an HR partner has no part; one statement."""
    if not actor.has(Role.HR):
        return ()
    proposer, approver, canceller = aliased(Person), aliased(Person), aliased(Person)
    rows = session.execute(
        sa.select(Erasure, Person.name, proposer.name, approver.name, canceller.name)
        .join(Person, Person.id == Erasure.person_id)
        .join(proposer, proposer.id == Erasure.proposed_by_id)
        .outerjoin(approver, approver.id == Erasure.approved_by_id)
        .outerjoin(canceller, canceller.id == Erasure.cancelled_by_id)
        .where(is_handled_by(actor, Erasure.person_id))
        .order_by(Erasure.id.desc())
    )
    return tuple(
        ErasureRow(
            row.id,
            name,
            row.reason,
            by,
            row.proposed_by_id == actor.person_id,
            row.proposed_at,
            second or "",
            row.done_at,
            row.cancelled_at,
            ended_by or "",
            row.cancelled_why,
            row.counts,
        )
        for row, name, by, second, ended_by in rows
    )


def names_of(session: Session, erasure_id: int) -> tuple[str, ...]:
    """Return whole name and address of whom a proposal is about, to be looked for outside of the database."""
    row = session.execute(
        sa.select(Person.name, Person.email)
        .join(Erasure, Erasure.person_id == Person.id)
        .where(Erasure.id == erasure_id)
    ).first()
    return tuple(each for each in row if each and each != NAME) if row is not None else ()


def find_obstacles(session: Session, person: Person, *, actor: Actor, today: date) -> list[Text]:
    """Return why a person cannot be erased now; none where they can.

    A case that the actor is part of, or close to, keeps its code to itself: it would tell who else is part of it.
    """
    found = []
    if person.external_id.startswith(ERASED):
        return [text("They were erased before")]
    if person.is_active:
        found.append(text("They are still here: mark them as having left first"))
    held = sa.select(LegalHold.id).where(LegalHold.person_id == person.id, is_on(today))
    is_out = is_part_of(actor.person_id).label("is_out")
    parts = sa.select(Case.code, is_out).where(has_part(person.id)).order_by(Case.code)
    if session.scalar(held.limit(1)) is not None:
        found.append(text("They are on legal hold"))
    else:
        told, hidden = _part(session.execute(parts.where(is_case_held(today))).all())
        if told:
            found.append(text("On legal hold: %(cases)s", cases=told))
        if hidden:
            found.append(text("They have a part in a case on legal hold; another HR partner sees which"))
    told, hidden = _part(session.execute(parts.where(Case.closed_at.is_(None))).all())
    if told:
        found.append(text("They have a part in cases that still run: %(cases)s", cases=told))
    if hidden:
        found.append(text("They have a part in a case that still runs; another HR partner sees which"))
    asked = sa.select(SubjectRequest.id).where(SubjectRequest.person_id == person.id, SubjectRequest.state.in_(OPEN))
    if session.scalar(asked.limit(1)) is not None:
        found.append(text("Their request for their data is not answered yet"))
    return found


def _part(rows: Sequence[sa.Row[str, bool]]) -> tuple[str, bool]:
    """Return the codes of the cases that the actor may be told, and whether there are others."""
    told = [code for code, is_out in rows if not is_out]
    return ", ".join(told), len(told) < len(rows)


def list_tombstones(session: Session) -> frozenset[str]:
    """Return the hashes that erasures have left; one statement."""
    return frozenset(session.scalars(sa.select(Tombstone.digest)))


def find_marking_key(session: Session) -> str:
    """Return the key under which marks of who was erased stand: the first audit key, kept closed once it is replaced.

    What was hashed is gone, so those marks cannot be made anew under another key.
    """
    known: str | None = session.info.get(MARKING_KEY)
    if known is None:
        key = str(session.connection().get_execution_options()["audit_key"])
        kept = session.scalar(sa.select(AuditHead.kept_secret))
        known = session.info[MARKING_KEY] = unwrap_secret(kept, wrapping=derive_keys(key).wrapping) if kept else key
    return known


def mark(session: Session, kind: str, value: str) -> str:
    """Return the keyed hash of a number or an address, as an erasure leaves it: nobody without the key makes it."""
    key = find_marking_key(session)
    named = f"tombstone\n{kind}\n{value.strip().lower()}".encode()
    return hmac.new(key.encode(), named, hashlib.sha256).hexdigest()
