"""Conflicts that people say: they end access at the next request, void votes visibly, and stop mail on its way."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.conflicts import DECLARABLE, ConflictKind
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import text
from review.models import Case, Conflict, Person, Vote
from review.queries.standing import lock_standing
from review.services import audit
from review.services.messages import drop_unsent
from review.services.request_keys import claim
from review.services.seats import give_up_seat

MAX_REASON = 4000
OWN, LIST = "conflict.own_declaration", "conflict.list"


def declare_conflict(
    session: Session,
    case_id: int,
    kind: str,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Say that one is too close to a case; from the next request on it is closed to them.

    Raises:
        NotFound: no such case, or the actor has no part in it that a conflict would end.
        TransitionRefused: the case is decided.
        Invalid: no such kind, or no reason.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_read(OWN) or actor.person_id is None:
        raise NotFound
    if not standing.may_write(OWN):
        raise TransitionRefused([text("This case is decided; talk to HR")])
    faults = [] if kind in DECLARABLE else [Fault(text("Choose what makes you too close"), field="kind")]
    faults += _faults_of(reason)
    if faults:
        raise Invalid(faults)
    if claim(session, request_key, actor=actor, now=now):
        _put_out(session, standing.case, actor.person_id, kind=kind, reason=reason, actor=actor, now=now)


def set_conflict(
    session: Session,
    case_id: int,
    person_id: int,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Set a conflict for somebody, as HR; raise NotAllowed, TransitionRefused or Invalid."""
    standing = lock_standing(session, case_id, actor, now=now)
    if "hr" not in standing.workflow_roles:
        raise NotAllowed(text("Only an HR partner sets a conflict for somebody else"), is_known=True)
    if not standing.may_write(LIST):
        raise TransitionRefused([text("The votes are open; a conflict can only be declared by the person now")])
    person = session.get(Person, person_id)
    faults = _faults_of(reason)
    if person is None or not person.is_active or person_id == standing.case.candidate_id:
        faults.append(Fault(text("Choose somebody who works here"), field="person"))
    if faults:
        raise Invalid(faults)
    if claim(session, request_key, actor=actor, now=now):
        kind = ConflictKind.SET_BY_HR
        _put_out(session, standing.case, person_id, kind=kind, reason=reason, actor=actor, now=now)


def _put_out(
    session: Session, case: Case, person_id: int, *, kind: str, reason: str, actor: Actor, now: datetime
) -> None:
    """Recuse, void, stop mail, then keep the conflict: once it is kept, the person has no right left to act."""
    give_up_seat(session, case.id, person_id, actor=actor, now=now)
    votes = session.scalars(
        sa.select(Vote).where(Vote.case_id == case.id, Vote.person_id == person_id, Vote.voided_at.is_(None))
    ).all()
    for vote in votes:
        vote.voided_at = now
    drop_unsent(session, case_id=case.id, to_person_id=person_id, now=now)
    case.present_ids = [each for each in case.present_ids if each != person_id]
    known = sa.select(Conflict.id).where(
        Conflict.case_id == case.id, Conflict.person_id == person_id, Conflict.kind == kind
    )
    if session.scalar(known) is None:
        session.add(
            Conflict(
                case_id=case.id,
                person_id=person_id,
                kind=str(kind),
                reason=reason.strip(),
                declared_by_id=actor.person_id,
                declared_at=now,
            )
        )
    detail = {"kind": str(kind), "voided": [vote.id for vote in votes]}
    audit.record(
        session,
        "conflict.set" if kind == ConflictKind.SET_BY_HR else "conflict.declare",
        actor=actor,
        now=now,
        case_id=case.id,
        subject_type="person",
        subject_id=person_id,
        detail=detail,
    )


def _faults_of(reason: str) -> list[Fault]:
    if not reason.strip():
        return [Fault(text("Say why, in a sentence or two"), field="reason")]
    if len(reason) > MAX_REASON:
        return [Fault(text("This is too long"), text("at most %(count)s signs", count=MAX_REASON), field="reason")]
    return []
