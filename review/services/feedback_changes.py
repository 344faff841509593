"""Changing what somebody proposed before it goes out: the line, the criteria and the day, in one step with the yes."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid
from review.domain.evidence_draft import too_long
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.writing import clean
from review.models import Feedback
from review.queries.changing import find_changeable
from review.queries.cycles import load_dates
from review.queries.standing import Standing
from review.services import audit, timers
from review.services.feedback import MOST_NOTE, decide_request, lock_for_asking
from review.services.request_keys import claim


@dataclass(frozen=True)
class Change:
    """What the giver is sent instead: the line, the criteria (none: all), and the last day, None for the usual one."""

    note: str
    criteria: tuple[str, ...] = ()
    due_on: date | None = None


def approve_changed(
    session: Session,
    case_id: int,
    feedback_id: int,
    change: Change,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Feedback:
    """Change a proposed request and ask, as manager or HR; what is changed is no longer signed by who proposed it.

    Raises:
        NotFound: the actor does not see the request, or it is not proposed any more.
        NotAllowed: the actor may only read.
        TransitionRefused: nobody can be asked now.
        Invalid: every field that cannot be accepted.
    """
    standing = lock_for_asking(session, case_id, actor, now)
    if not claim(session, request_key, actor=actor, now=now):
        return session.get_one(Feedback, feedback_id)
    row = find_changeable(session, standing, feedback_id)
    note = clean(change.note).strip()
    faults = _find_faults(session, standing, change, note, now)
    if faults:
        raise Invalid(faults)
    before = (row.note, list(row.criteria))
    row.note, row.criteria = note, [each.id for each in standing.criteria if each.id in change.criteria]
    if (row.note, row.criteria) != before:
        row.changed_by_id = actor.on_behalf_of or actor.person_id
    decide_request(session, case_id, feedback_id, "approve", actor=actor, now=now)
    if change.due_on is not None:
        calendar = timers.calendar_of(session, standing.cycle, now)
        row.due_at = calendar.end_of(change.due_on)
        timers.postpone(session, standing.case, row, standing.definition.items["feedback"].states[row.state], calendar)
    detail = {"has_day": change.due_on is not None, "is_reworded": (row.note, row.criteria) != before}
    audit.record(
        session,
        "feedback.change",
        actor=actor,
        now=now,
        case_id=case_id,
        subject_type="feedback",
        subject_id=row.id,
        detail=detail,
    )
    session.flush()
    return row


def _find_faults(session: Session, standing: Standing, change: Change, note: str, now: datetime) -> list[Fault]:
    faults = [too_long("note", note, MOST_NOTE)] if len(note) > MOST_NOTE else []
    if set(change.criteria) - {criterion.id for criterion in standing.criteria}:
        faults.append(Fault(text("The target level asks nothing of this name"), field="criteria"))
    if change.due_on is None:
        return faults
    today = now.astimezone(ZoneInfo(standing.cycle.zone)).date()
    last_on = load_dates(session, standing.cycle.id).get("feedback_deadline")
    if change.due_on <= today:
        faults.append(Fault(text("This day has passed"), text("a day after today"), field="due_on"))
    elif last_on is not None and change.due_on > last_on:
        what = text("This is after the cycle's last day for feedback")
        faults.append(Fault(what, text("%(day)s or earlier", day=last_on), field="due_on"))
    return faults
