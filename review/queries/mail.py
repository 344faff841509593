"""Whom a mail goes to and what case it is about, as far as the reader may know at the moment of sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role, roles_in
from review.models import Case, CaseToken, Cycle, Person, RoleGrant
from review.queries.parties import find_parties

MAILED_ROLES = frozenset(
    {
        Role.CANDIDATE,
        Role.GIVER,
        Role.MANAGER,
        Role.FORMER_MANAGER,
        Role.SKIP_LEVEL,
        Role.SECOND_RATER,
        Role.MEMBER,
        Role.CHAIR,
        Role.HR,
        Role.EXECUTIVE,
        Role.APPEALS,
    }
)
"""Who hears of a case by mail: those with a part in it, and none whom a conflict keeps out."""


@dataclass(frozen=True, slots=True)
class MailSubject:
    """The reader of a mail, and the case it is about, if any. `due_on` is the day in the cycle's zone."""

    address: str
    name: str
    locale: str | None
    case_id: int | None = None
    case_code: str = ""
    candidate: str = ""
    cycle: str = ""
    is_own_case: bool = False
    due_on: date | None = None


def load_mail_subject(session: Session, person_id: int, case_id: int | None, *, now: datetime) -> MailSubject | None:
    """Return reader and case, or None when the reader has left, has no address, or may not know of the case now."""
    person = session.get_one(Person, person_id)
    if not person.is_active or not person.email:
        return None
    if case_id is None:
        return MailSubject(person.email, person.name, person.locale)
    case = session.get_one(Case, case_id)
    roles = frozenset(session.scalars(sa.select(RoleGrant.role).where(RoleGrant.person_id == person_id)))
    if not roles_in(find_parties(session, case), Actor(person_id, person.name, roles=roles)) & MAILED_ROLES:
        return None
    cycle = session.get_one(Cycle, case.cycle_id)
    return MailSubject(
        address=person.email,
        name=person.name,
        locale=person.locale,
        case_id=case.id,
        case_code=case.code,
        candidate=session.get_one(Person, case.candidate_id).name,
        cycle=cycle.name,
        is_own_case=case.candidate_id == person_id,
        due_on=_find_next_due(session, case.id, ZoneInfo(cycle.zone), now),
    )


def _find_next_due(session: Session, case_id: int, zone: ZoneInfo, now: datetime) -> date | None:
    """Return the day of the next due date of a case that is still to come."""
    due = session.scalar(
        sa.select(sa.func.min(CaseToken.due_at)).where(CaseToken.case_id == case_id, CaseToken.due_at > now)
    )
    return due.astimezone(zone).date() if due else None
