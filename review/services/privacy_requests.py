"""Somebody's own data: asked for, gathered by a job, looked through by HR, handed out, and removed again."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue, job
from review.domain.access import SYSTEM, Actor, Role
from review.domain.bundle import Bundle, read_bundle, take_out, write_bundle
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.subject_access import OPEN, State, add_months, find_faults
from review.domain.text import text
from review.models import Person, Redaction, RoleGrant, SubjectRequest
from review.queries.bundle import gather_bundle
from review.queries.privacy_requests import find_own_content, list_taken_out, load_content, may_handle, may_look_at
from review.queries.privacy_rules import load_privacy_rules
from review.services import audit
from review.services.messages import enqueue_message
from review.services.request_keys import claim

GATHER = "gather_bundle"
PLACES = {"data_asked": "data_requests", "data_ready": "my_data"}


def ask_bundle(
    session: Session, person_id: int, *, actor: Actor, now: datetime, request_key: str | None = None
) -> int | None:
    """Ask for all that is kept about a person: they themselves, or an HR partner for them; return the request's number.

    Raises NotFound for everybody else, TransitionRefused while an earlier request is not answered. None when this form
    was sent before.
    """
    person = session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if (
        person is None
        or actor.person_id is None
        or not (actor.person_id == person_id or may_handle(session, actor, person_id))
    ):
        raise NotFound
    if not claim(session, request_key, actor=actor, now=now):
        return None
    waiting = sa.select(SubjectRequest.id).where(SubjectRequest.person_id == person_id, SubjectRequest.state.in_(OPEN))
    if session.scalar(waiting.limit(1)) is not None:
        raise TransitionRefused([text("An earlier request is not answered yet")])
    asked_on = now.astimezone(ZoneInfo(person.zone or "UTC")).date()
    row = SubjectRequest(
        person_id=person_id,
        asked_by_id=actor.person_id,
        asked_at=now,
        due_on=add_months(asked_on, load_privacy_rules().months_to_answer),
        state=State.GATHERING,
    )
    session.add(row)
    session.flush()
    _note(session, "subject_access.ask", row, actor, now)
    enqueue(session, GATHER, row.id, key=f"{GATHER}-{row.id}")
    return row.id


def take_words_out(
    session: Session, request_id: int, entry: str, words: str, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Take words, or with none of them all, out of an entry before it is handed out.

    Raises NotFound for who may not answer the request, TransitionRefused when it is not looked through now, Invalid.
    """
    row = _lock(session, request_id, actor)
    bundle = _in_review(session, row)
    words, found = words.strip(), bundle.find(entry)
    if found is None or not may_look_at(session, found, actor, now=now):
        raise NotFound
    if faults := find_faults(found, words, reason):
        raise Invalid(faults)
    session.add(
        Redaction(
            request_id=row.id,
            entry=entry,
            words=words,
            reason=reason.strip(),
            made_by_id=actor.person_id,
            made_at=now,
        )
    )
    _note(session, "subject_access.take_out", row, actor, now, entry=entry, whole=not words)


def release_bundle(session: Session, request_id: int, *, actor: Actor, now: datetime) -> None:
    """Hand a bundle out: it is gathered once more, and handed out if nothing is in it that HR has not seen.

    Raises NotFound and TransitionRefused as take_words_out() does.
    """
    row = _lock(session, request_id, actor)
    _in_review(session, row)
    row.state, row.released_by_id = State.RELEASING, actor.person_id
    session.flush()
    event = _note(session, "subject_access.release", row, actor, now)
    enqueue(session, GATHER, row.id, key=f"{GATHER}-{row.id}-{event}")


def gather_again(session: Session, request_id: int, *, actor: Actor, now: datetime) -> None:
    """Have a bundle gathered anew, because something has come in since, or the job was lost; raises as above."""
    row = _lock(session, request_id, actor)
    if row.state not in OPEN:
        raise TransitionRefused([text("It is not looked through now")])
    row.state = State.GATHERING
    session.flush()
    event = _note(session, "subject_access.gather", row, actor, now)
    enqueue(session, GATHER, row.id, key=f"{GATHER}-{row.id}-{event}")


def take_bundle(session: Session, request_id: int, *, actor: Actor, now: datetime) -> None:
    """Keep that the person takes their bundle.

    Raises NotFound for everybody else, and once the download has ended.
    """
    row = session.get(SubjectRequest, request_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None or find_own_content(session, request_id, actor, now=now) is None:
        raise NotFound
    _note(session, "subject_access.download", row, actor, now)


def read_for_hand_over(session: Session, person_id: int, *, actor: Actor, now: datetime) -> Bundle:
    """Gather somebody's bundle for an HR partner who hands it over in person; what was taken out before stays out.

    Raises NotAllowed for an HR partner who has a part in a case of theirs.
    """
    if not may_handle(session, actor, person_id):
        raise NotAllowed(text("Only an HR partner who has no part in their cases can do this"), is_known=True)
    bundle = _gather(session, person_id, now)
    last = session.scalar(sa.select(sa.func.max(SubjectRequest.id)).where(SubjectRequest.person_id == person_id))
    if last is not None:
        bundle = take_out(bundle, list_taken_out(session, last))
    audit.record(session, "subject_access.export", actor=actor, now=now, subject_type="person", subject_id=person_id)
    return bundle


def remove_ended(session: Session, *, now: datetime) -> int:
    """Remove the bundles whose download has ended; return how many."""
    ended = sa.select(SubjectRequest).where(SubjectRequest.state == State.RELEASED, SubjectRequest.until_at <= now)
    rows = session.scalars(ended.order_by(SubjectRequest.id).with_for_update(key_share=True, skip_locked=True)).all()
    for row in rows:
        row.content, row.state = None, State.REMOVED
        session.execute(sa.delete(Redaction).where(Redaction.request_id == row.id))
        session.flush()
        _note(session, "subject_access.removed", row, SYSTEM, now)
    return len(rows)


@job(GATHER)
def keep_bundle(session: Session, request_id: int, *, now: datetime) -> None:
    """Gather a bundle; HR is told to look through it, or the person that it is there."""
    row = session.get_one(SubjectRequest, request_id, with_for_update={"key_share": True}, populate_existing=True)
    if row.state not in (State.GATHERING, State.RELEASING):
        return
    bundle = _gather(session, row.person_id, now)
    seen = read_bundle(row.content).entries if row.content else ()
    has_more = any(each not in seen for each in bundle.entries if each.source not in GROWING)
    row.content, row.gathered_at = write_bundle(bundle).decode(), now
    if row.state == State.GATHERING or has_more:
        is_back = row.state == State.RELEASING
        row.state = State.REVIEW
        session.flush()
        _note(session, "subject_access.changed" if is_back else "subject_access.gathered", row, SYSTEM, now)
        _tell_hr(session, row, now)
    else:
        row.state, row.released_at = State.RELEASED, now
        row.until_at = now + timedelta(days=load_privacy_rules().days_to_download)
        session.flush()
        _note(session, "subject_access.released", row, SYSTEM, now)
        _tell(session, row, row.person_id, "data_ready", now)


GROWING = frozenset(
    {
        "audit_event.actor_id",
        "audit_event.on_behalf_of_id",
        "audit_event.subject_id",
        "sign_in.person_id",
        "message.to_person_id",
        "subject_request.person_id",
    }
)
"""What grows by itself, by signing in or by the request; nothing of it is for HR to look through."""


def _gather(session: Session, person_id: int, now: datetime) -> Bundle:
    company = str(session.connection().get_execution_options().get("company", ""))
    return gather_bundle(session, person_id, company=company, now=now)


def _lock(session: Session, request_id: int, actor: Actor) -> SubjectRequest:
    row = session.get(SubjectRequest, request_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None or not may_handle(session, actor, row.person_id):
        raise NotFound
    return row


def _in_review(session: Session, row: SubjectRequest) -> Bundle:
    bundle = load_content(session, row.id) if row.state == State.REVIEW else None
    if bundle is None:
        raise TransitionRefused([text("It is not looked through now")])
    return bundle


def _tell_hr(session: Session, row: SubjectRequest, now: datetime) -> None:
    """Tell the HR partners who can answer a request that it waits, without whose.

    Where none can, all are told: it is due all the same, and somebody without a part needs the role.
    """
    holders = sa.select(RoleGrant.person_id).join(Person, Person.id == RoleGrant.person_id)
    holders = holders.where(RoleGrant.role == Role.HR, Person.is_active, RoleGrant.person_id != row.person_id)
    partners = session.scalars(holders.order_by(RoleGrant.person_id)).all()
    roles = frozenset({Role.HR})
    able = [each for each in partners if may_handle(session, Actor(each, "", roles), row.person_id)]
    for person_id in able or partners:
        _tell(session, row, person_id, "data_asked", now)


def _tell(session: Session, row: SubjectRequest, person_id: int, template: str, now: datetime) -> None:
    key, place = f"{template}-{row.id}-{person_id}-{now.isoformat()}", PLACES[template]
    enqueue_message(
        session, key=key, to_person_id=person_id, template=template, params={"place": place}, case_id=None, now=now
    )


def _note(session: Session, kind: str, row: SubjectRequest, actor: Actor, now: datetime, **more: object) -> int:
    detail = {"request": row.id, **more}
    event = audit.record(
        session, kind, actor=actor, now=now, subject_type="person", subject_id=row.person_id, detail=detail
    )
    return event.seq
