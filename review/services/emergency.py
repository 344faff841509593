"""Emergency access to a case: asked for, answered by a second person, told to a third, over after a day."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role, roles_in
from review.domain.emergency import LASTS, find_faults, why_not_let_in
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import text
from review.models import Case, EmergencyAccess, Person, RoleGrant
from review.queries.emergency import find_told
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.messages import enqueue_message
from review.services.request_keys import claim

ASKERS = (Role.HR, Role.IT_ADMIN)


def ask_access(
    session: Session, code: str, reason: str, *, actor: Actor, now: datetime, request_key: str | None = None
) -> EmergencyAccess | None:
    """Ask to be let into a case; whether there is such a case is told to nobody who may not know it.

    Raises NotAllowed for who is neither HR nor runs the installation, Invalid. None when this form was sent before.
    """
    if not any(actor.has(role) for role in ASKERS):
        raise NotAllowed(text("Only HR partners and whoever runs Dualtrack can ask for this"))
    if faults := find_faults(code, reason):
        raise Invalid(faults)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    case = session.scalar(sa.select(Case).where(Case.code == code.strip()))
    row = EmergencyAccess(
        code=code.strip(),
        case_id=case.id if case else None,
        person_id=actor.person_id,
        reason=reason.strip(),
        asked_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, "glass.ask", row, actor, now)
    if case is not None:
        _ask_hr(session, row, case.id, now)
    return row


def grant_access(session: Session, access_id: int, *, actor: Actor, now: datetime) -> None:
    """Let somebody in to read for a day; a third person is told.

    Raises NotFound for who is no HR partner of the case, NotAllowed or TransitionRefused with the reason.
    """
    row, standing = _lock(session, access_id, actor, now)
    told = find_told(session, standing.parties, but={row.person_id, actor.person_id or 0})
    roles = roles_in(standing.parties, _person(session, row.person_id))
    refusal = why_not_let_in(roles, is_own=row.person_id == actor.person_id, has_third=bool(told))
    if refusal is not None:
        raise TransitionRefused([refusal])
    _answer(session, row, "glass.grant", actor, now, is_granted=True)
    row.until_at = now + LASTS
    session.flush()
    _tell(session, row, row.person_id, "glass_open", place="glass", now=now)
    for person_id in told:
        _tell(session, row, person_id, "glass_told", place="audit", now=now)


def refuse_access(session: Session, access_id: int, *, actor: Actor, now: datetime) -> None:
    """Answer a request with no; raises as grant_access() does."""
    row, _ = _lock(session, access_id, actor, now)
    _answer(session, row, "glass.refuse", actor, now, is_granted=False)


def end_access(session: Session, access_id: int, *, actor: Actor, now: datetime) -> None:
    """End an open access before its time: who has it, or an HR partner of the case."""
    row = _find(session, access_id)
    if row.person_id != actor.person_id:
        _running(session, row, actor, now)
    if not row.is_granted or row.ended_at is not None or row.until_at is None or row.until_at <= now:
        raise TransitionRefused([text("This is not open now")])
    row.ended_at = now
    session.flush()
    _note(session, "glass.end", row, actor, now)


def _lock(session: Session, access_id: int, actor: Actor, now: datetime) -> tuple[EmergencyAccess, Standing]:
    """Return a request that waits for its answer, for an HR partner of its case."""
    row = _find(session, access_id)
    standing = _running(session, row, actor, now)
    if row.is_granted is not None:
        raise TransitionRefused([text("Somebody has answered this already")])
    return row, standing


def _find(session: Session, access_id: int) -> EmergencyAccess:
    row = session.get(EmergencyAccess, access_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _running(session: Session, row: EmergencyAccess, actor: Actor, now: datetime) -> Standing:
    """Return how the case stands for who runs it as HR in person; nobody else knows of the request."""
    if row.case_id is None or not actor.has(Role.HR):
        raise NotFound
    standing = lock_standing(session, row.case_id, actor, now=now)
    if Role.HR not in standing.roles:
        raise NotFound
    return standing


def _answer(
    session: Session, row: EmergencyAccess, kind: str, actor: Actor, now: datetime, *, is_granted: bool
) -> None:
    row.is_granted, row.answered_by_id, row.answered_at = is_granted, actor.person_id, now
    session.flush()
    _note(session, kind, row, actor, now)


def _ask_hr(session: Session, row: EmergencyAccess, case_id: int, now: datetime) -> None:
    """Tell the HR partners; the mail goes to none who may not know of the case when it is sent."""
    partners = sa.select(RoleGrant.person_id).where(RoleGrant.role == Role.HR, RoleGrant.person_id != row.person_id)
    for person_id in session.scalars(partners.order_by(RoleGrant.person_id)):
        enqueue_message(
            session,
            key=f"glass_asked-{row.id}-{person_id}",
            to_person_id=person_id,
            template="glass_asked",
            params={"place": "glass"},
            case_id=case_id,
            now=now,
        )


def _tell(session: Session, row: EmergencyAccess, person_id: int, template: str, *, place: str, now: datetime) -> None:
    """Mail somebody without naming the case: the asker's inbox and an auditor's are not the place for it."""
    key = f"{template}-{row.id}-{person_id}"
    enqueue_message(
        session, key=key, to_person_id=person_id, template=template, params={"place": place}, case_id=None, now=now
    )


def _person(session: Session, person_id: int) -> Actor:
    person = session.get_one(Person, person_id)
    roles = frozenset(session.scalars(sa.select(RoleGrant.role).where(RoleGrant.person_id == person_id)))
    return Actor(person_id, person.name, roles=roles, is_active=person.is_active)


def _note(session: Session, kind: str, row: EmergencyAccess, actor: Actor, now: datetime) -> None:
    """Keep it beside the person, not in the history of the case, which its candidate reads."""
    detail = {"access": row.id, "case": row.case_id}
    audit.record(session, kind, actor=actor, now=now, subject_type="person", subject_id=row.person_id, detail=detail)
