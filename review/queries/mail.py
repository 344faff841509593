"""Whom a mail goes to and what case it is about, as far as the reader may know at the moment of sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role, roles_in
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Case, CaseToken, Cycle, Feedback, Invite, Person, RoleGrant
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

WAITING = ("asked", "writing")
candidate = aliased(Person)


@dataclass(frozen=True)
class MailSubject:
    """The reader of a mail, and the case it is about, if any. `due_on` is the day in the cycle's zone.

    Somebody from outside the company hears of the candidate alone. In a mail about their request they have an
    `invite_id`, and `path` is filled with their link when the mail is sent.
    """

    address: str
    name: str
    locale: str | None
    case_id: int | None = None
    case_code: str = ""
    candidate: str = ""
    cycle: str = ""
    is_own_case: bool = False
    due_on: date | None = None
    is_external: bool = False
    invite_id: int | None = None
    path: str = ""


def load_mail_subject(session: Session, person_id: int, case_id: int | None, *, now: datetime) -> MailSubject | None:
    """Return reader and case, or None when the reader has left, has no address, or may not know of the case now."""
    person = session.get_one(Person, person_id)
    if person.is_external:
        return _find_outside_subject(session, person, case_id, now)
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


def _find_outside_subject(session: Session, person: Person, case_id: int | None, now: datetime) -> MailSubject | None:
    """Return where a mail to somebody from outside goes; one about a case only while their request waits in it."""
    invited = sa.select(Invite.id, Invite.email).join(Feedback, Feedback.id == Invite.feedback_id)
    invited = invited.where(Feedback.giver_id == person.id, Invite.revoked_at.is_(None))
    if case_id is None:
        found = session.execute(invited).first()
        return MailSubject(found.email, person.name, person.locale, is_external=True) if found else None
    row = session.execute(
        invited.add_columns(Feedback.due_at, Cycle.zone, candidate.name)
        .join(Case, Case.id == Feedback.case_id)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(candidate, candidate.id == Case.candidate_id)
        .where(Feedback.case_id == case_id, Feedback.state.in_(WAITING), Case.phase == Phase.COLLECTING)
    ).first()
    if row is None:
        return None
    return MailSubject(
        row.email,
        person.name,
        person.locale,
        case_id,
        candidate=row.name,
        due_on=_day_to_come(row.due_at, person.zone or row.zone, now),
        is_external=True,
        invite_id=row.id,
    )


def _day_to_come(due_at: datetime | None, zone: str, now: datetime) -> date | None:
    """Return a due date as a day of a zone, None once it has passed."""
    return due_at.astimezone(ZoneInfo(zone)).date() if due_at is not None and due_at > now else None


def _find_next_due(session: Session, case_id: int, zone: ZoneInfo, now: datetime) -> date | None:
    """Return the day of the next due date of a case that is still to come."""
    due = session.scalar(
        sa.select(sa.func.min(CaseToken.due_at)).where(CaseToken.case_id == case_id, CaseToken.due_at > now)
    )
    return due.astimezone(zone).date() if due else None


def date_by_request(session: Session, subject: MailSubject, place: str, *, now: datetime) -> MailSubject:
    """Return the subject of a mail about one request with that request's own day, none once it has passed.

    The day is that of the cycle's zone; for somebody from outside that of their own.

    Args:
        place: `feedback:12`; a mail about anything else keeps the case's next day.
    """
    kind, _, number = place.partition(":")
    if kind != "feedback" or not number or subject.case_id is None:
        return subject
    zone = sa.case((Person.is_external, sa.func.coalesce(Person.zone, Cycle.zone)), else_=Cycle.zone)
    row = session.execute(
        sa.select(Feedback.due_at, zone)
        .join(Case, Case.id == Feedback.case_id)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(Person, Person.id == Feedback.giver_id)
        .where(Feedback.id == int(number), Feedback.case_id == subject.case_id)
    ).first()
    return replace(subject, due_on=_day_to_come(row[0], row[1], now) if row is not None else None)


def is_waiting(session: Session, place: str) -> bool:
    """Tell whether the request that a mail is about still waits for its giver, while feedback is collected.

    Args:
        place: `feedback:12`; a mail about no request is never held back here.
    """
    kind, _, number = place.partition(":")
    if kind != "feedback" or not number:
        return True
    found = sa.select(Feedback.id).join(Case, Case.id == Feedback.case_id)
    found = found.where(Feedback.id == int(number), Feedback.state.in_(WAITING), Case.phase == Phase.COLLECTING)
    return session.scalar(found) is not None
