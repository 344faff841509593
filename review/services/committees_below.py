"""Placing by hand somebody who stands below a target level: done only with a reason, which stays in the record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid
from review.domain.seating import BelowReason
from review.domain.text import Text, text
from review.models import Case, Committee, CommitteeMember, Person
from review.queries.committees_below import list_above, list_below
from review.services import audit
from review.services.committees import assign_case, set_member

FIELD = "why_below"


def place_member(
    session: Session, committee_id: int, person_id: int, role: str, *, actor: Actor, now: datetime, why: str = ""
) -> CommitteeMember:
    """Put somebody on a committee as set_member() does; who is new below the target of one of its cases with a reason.

    Args:
        why: a BelowReason.

    Raises Invalid with a fault at FIELD where the reason is needed and is not there.
    """
    here = (CommitteeMember.committee_id == committee_id, CommitteeMember.person_id == person_id)
    is_new = session.scalar(sa.select(CommitteeMember.id).where(*here)) is None
    member = set_member(session, committee_id, person_id, role, actor=actor, now=now)
    committee, person = session.get_one(Committee, committee_id), session.get_one(Person, person_id)
    above = list_above(session, committee, person, actor) if is_new else ()
    if not above:
        return member
    codes = [code for _, code in above]
    require_reason(why, text("%(who)s stands below the target level of %(cases)s", who=person.name, cases=codes))
    note_placed(session, committee_id, person_id, len(codes), why, actor=actor, now=now)
    return member


def give_case(
    session: Session, case_id: int, committee_id: int | None, *, actor: Actor, now: datetime, why: str = ""
) -> None:
    """Give a case to a committee as assign_case() does; with a reason where somebody on it stands below the target.

    Args:
        why: a BelowReason.

    Raises Invalid with a fault at FIELD where the reason is needed and is not there.
    """
    assign_case(session, case_id, committee_id, actor=actor, now=now)
    below = list_below(session, session.get_one(Case, case_id)) if committee_id is not None else ()
    if not below:
        return
    names = [name for _, name in below]
    require_reason(why, text("Below the target level of this case: %(names)s", names=names))
    note_given(session, case_id, committee_id or 0, [number for number, _ in below], why, actor=actor, now=now)


def require_reason(why: str, *what: Text) -> None:
    """Raise Invalid with a fault at FIELD for each thing said that has no reason."""
    if what and why not in tuple(BelowReason):
        raise Invalid([Fault(each, text("a tick, and why"), field=FIELD) for each in what])


def note_placed(
    session: Session, committee_id: int, person_id: int, count: int, why: str, *, actor: Actor, now: datetime
) -> None:
    """Keep that somebody was put on a committee below the target of so many of its cases, and why."""
    detail = {"person": person_id, "count": count, "why": why}
    audit.record(
        session, "committee.place_below", actor=actor, now=now,
        subject_type="committee", subject_id=committee_id, detail=detail,
    )  # fmt: skip


def note_given(
    session: Session, case_id: int, committee_id: int, people: Iterable[int], why: str, *, actor: Actor, now: datetime
) -> None:
    """Keep that a case was given to a committee with people below its target, and why."""
    detail = {"committee": committee_id, "people": list(people), "why": why}
    audit.record(session, "committee.give_below", actor=actor, now=now, case_id=case_id, detail=detail)
