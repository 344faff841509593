"""The led session: the chair sets which case and criterion is on, pauses and goes on; stale presses are refused."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import text
from review.models import Committee, Meeting
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.request_keys import claim
from review.services.seats import PRESENT_PHASES


def move_on(
    session: Session,
    committee_id: int,
    case_id: int,
    criterion_id: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Put a case on, or another criterion of the one that is on; the clock begins anew with another case.

    Args:
        version: of the session as the page showed it, 0 before it has begun.

    Raises:
        NotFound: no such case in this committee, or none that the actor may know of.
        NotAllowed: the actor does not lead this case.
        TransitionRefused: the session has moved on since, or the committee does not meet on the case now.
        Invalid: no such criterion.
    """
    meeting = _lock(session, committee_id)
    standing = _lead(session, committee_id, case_id, actor, now)
    if not claim(session, request_key, actor=actor, now=now):
        return
    _require_current(meeting, version)
    if str(standing.phase) not in PRESENT_PHASES:
        raise TransitionRefused([text("The committee does not meet on this case now")])
    if criterion_id and criterion_id not in {each.id for each in standing.criteria}:
        raise Invalid([Fault(text("There is no such criterion"), field="criterion")])
    if meeting is None:
        meeting = Meeting(committee_id=committee_id)
        session.add(meeting)
    before = meeting.case_id
    if before != case_id:
        meeting.case_id, meeting.since_at, meeting.paused_at, meeting.paused_seconds = case_id, now, None, 0
    meeting.criterion_id = criterion_id
    _record(session, "agenda.now", meeting, actor=actor, now=now, detail={"from": before, "criterion": criterion_id})


def close_case(
    session: Session, committee_id: int, *, version: int, actor: Actor, now: datetime, request_key: str | None = None
) -> None:
    """Take the case that is on off, so that nothing is on and who was out comes back; raises as move_on() does."""
    meeting = _lock_running(session, committee_id, version=version, actor=actor, now=now, request_key=request_key)
    if meeting is not None:
        before, meeting.case_id, meeting.criterion_id = meeting.case_id, None, ""
        meeting.since_at, meeting.paused_at, meeting.paused_seconds = None, None, 0
        _record(session, "agenda.off", meeting, actor=actor, now=now, detail={"from": before})


def pause(
    session: Session, committee_id: int, *, version: int, actor: Actor, now: datetime, request_key: str | None = None
) -> None:
    """Stop the clock of the case that is on; raises as move_on() does, also where it stands already."""
    meeting = _lock_running(session, committee_id, version=version, actor=actor, now=now, request_key=request_key)
    if meeting is None:
        return
    if meeting.paused_at is not None:
        raise TransitionRefused([text("The session is paused already")])
    meeting.paused_at = now
    _record(session, "agenda.pause", meeting, actor=actor, now=now)


def resume(
    session: Session, committee_id: int, *, version: int, actor: Actor, now: datetime, request_key: str | None = None
) -> None:
    """Let the clock run again; raises as move_on() does, also where it runs already."""
    meeting = _lock_running(session, committee_id, version=version, actor=actor, now=now, request_key=request_key)
    if meeting is None:
        return
    if meeting.paused_at is None:
        raise TransitionRefused([text("The session is not paused")])
    meeting.paused_seconds += int((now - meeting.paused_at).total_seconds())
    meeting.paused_at = None
    _record(session, "agenda.resume", meeting, actor=actor, now=now)


def _lock(session: Session, committee_id: int) -> Meeting | None:
    """Lock the committee, so that two who lead press one after the other, and return its session as it is now."""
    locked = sa.select(Committee.id).where(Committee.id == committee_id).with_for_update(key_share=True)
    if session.scalar(locked) is None:
        raise NotFound
    found = sa.select(Meeting).where(Meeting.committee_id == committee_id).execution_options(populate_existing=True)
    return session.scalar(found)


def _lock_running(
    session: Session, committee_id: int, *, version: int, actor: Actor, now: datetime, request_key: str | None
) -> Meeting | None:
    """Return the session for who leads the case that is on; None when this form had taken effect before."""
    meeting = _lock(session, committee_id)
    if meeting is None or meeting.case_id is None:
        raise TransitionRefused([text("No case is on now")])
    _lead(session, committee_id, meeting.case_id, actor, now)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    _require_current(meeting, version)
    return meeting


def _lead(session: Session, committee_id: int, case_id: int, actor: Actor, now: datetime) -> Standing:
    """Lock a case for who leads it: its chair, or the deputy where the chair is out of it."""
    standing = lock_standing(session, case_id, actor, now=now)
    if standing.case.committee_id != committee_id or not standing.may_read("committee.seats"):
        raise NotFound
    if "chair" not in standing.workflow_roles or standing.facts.is_actor_recused:
        raise NotAllowed(text("Only who leads this case moves the session"), is_known=True)
    return standing


def _require_current(meeting: Meeting | None, version: int) -> None:
    if (meeting.version if meeting else 0) != version:
        raise TransitionRefused(
            [text("The session has moved on since this page was shown. Look where it is now, then press again")]
        )


def _record(
    session: Session,
    kind: str,
    meeting: Meeting,
    *,
    actor: Actor,
    now: datetime,
    detail: dict[str, int | str | None] | None = None,
) -> None:
    audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        case_id=meeting.case_id,
        subject_type="committee",
        subject_id=meeting.committee_id,
        detail=detail,
    )
