"""Legal holds: set on a person or a case with a reason and an end, ended before it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Fault, Invalid, NotFound, TransitionRefused
from review.domain.text import text
from review.models import Case, LegalHold
from review.queries.privacy_holds import list_holds
from review.queries.privacy_requests import find_anybody_named
from review.queries.standing import lock_standing
from review.services import audit
from review.services.request_keys import claim

LONGEST_REASON = 1_000


def set_hold(
    session: Session,
    about: str,
    reason: str,
    until_on: date | None,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> int | None:
    """Hold a person or a case: nothing of it goes by a clock or by erasure up to and with a day.

    Args:
        about: the code of a case, or e-mail, number or whole name of a person.

    Raises Invalid, also for whom and what the HR partner has a part in; None when this form was sent before.
    """
    case_id, person_id = _find(session, about, actor, now)
    faults = _find_faults(reason, until_on, now)
    if case_id is None and person_id is None:
        faults.append(Fault(text("Nothing that you can hold is called this"), field="about"))
    if faults or until_on is None:
        raise Invalid(faults)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    row = LegalHold(
        person_id=person_id,
        case_id=case_id,
        reason=reason.strip(),
        until_on=until_on,
        set_by_id=actor.person_id,
        set_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, "hold.set", row, actor, now)
    return row.id


def end_hold(session: Session, hold_id: int, *, actor: Actor, now: datetime) -> None:
    """End a hold before its day.

    Raises NotFound for who may not see it, TransitionRefused where it has ended.
    """
    row = session.get(LegalHold, hold_id, with_for_update={"key_share": True}, populate_existing=True)
    seen = {each.id: each for each in list_holds(session, actor, today=now.date())}
    if row is None or row.id not in seen:
        raise NotFound
    if not seen[row.id].is_on:
        raise TransitionRefused([text("It has ended already")])
    row.ended_at, row.ended_by_id = now, actor.person_id
    session.flush()
    _note(session, "hold.end", row, actor, now)


def _find(session: Session, about: str, actor: Actor, now: datetime) -> tuple[int | None, int | None]:
    """Return the case or the person that is meant, of those in which the HR partner has no part."""
    case_id = session.scalar(sa.select(Case.id).where(Case.code == about.strip()))
    if case_id is None:
        return None, find_anybody_named(session, actor, about)
    try:
        standing = lock_standing(session, case_id, actor, now=now)
    except NotFound:
        return None, None
    return (case_id, None) if Role.HR in standing.roles and actor.has(Role.HR) else (None, None)


def _find_faults(reason: str, until_on: date | None, now: datetime) -> list[Fault]:
    faults = []
    if not reason.strip():
        faults.append(Fault(text("Please fill this in"), field="reason"))
    elif len(reason) > LONGEST_REASON:
        expected = text("at most %(count)s signs", count=LONGEST_REASON)
        faults.append(Fault(text("This is too long"), expected, field="reason"))
    if until_on is None or until_on < now.date():
        faults.append(Fault(text("Give a day that is still to come; a hold can be set anew"), field="until_on"))
    return faults


def _note(session: Session, kind: str, row: LegalHold, actor: Actor, now: datetime) -> None:
    kept_of, number = ("case", row.case_id) if row.case_id else ("person", row.person_id)
    audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        case_id=row.case_id,
        subject_type=kept_of,
        subject_id=number,
        detail={"hold": row.id, "until": row.until_on.isoformat()},
    )
