"""Check-ins of an agreed growth plan: noted and signed by candidate or manager, with the next day to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Conflict, Fault, Invalid, NotFound, TransitionRefused
from review.domain.text import text
from review.domain.values import dataclass
from review.models import CheckIn, GrowthItem, Timer
from review.queries.check_ins import NOTED, is_agreed, may_note
from review.queries.growth import find_plan
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.request_keys import claim

LONGEST = 4_000
PLACE = "plan:check-in"
REMINDER = {"notify": ["candidate", "manager"], "template": "check_in_due", "page": "growth-plan"}


@dataclass(frozen=True)
class CheckInDraft:
    """A check-in as it was written: for each activity, by its number, what was done."""

    held_on: date | None
    words: Mapping[int, str]
    next_on: date | None


def note_check_in(
    session: Session,
    case_id: int,
    check_in_id: int | None,
    draft: CheckInDraft,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> CheckIn | None:
    """Note a check-in, or change one's own, and plan the reminder of the next; None when this form was sent before.

    Raises NotFound for anybody but candidate and manager and for another's check-in, TransitionRefused before both have
    agreed to the plan, Invalid, and Conflict when another tab has changed it since `version`.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if not may_note(standing):
        raise NotFound
    row = _own(session, standing, check_in_id) if check_in_id is not None else None
    plan = find_plan(session, case_id)
    if plan is None or not is_agreed(plan):
        raise TransitionRefused([text("Check-ins begin once both have agreed to the plan")])
    if not claim(session, request_key, actor=actor, now=now):
        return None
    items = session.scalars(sa.select(GrowthItem).where(GrowthItem.plan_id == plan.id).order_by(GrowthItem.position))
    names = {item.id: item.activity for item in items}
    if row is not None:
        names |= {each["item"]: each["activity"] for each in row.lines}
    faults = find_faults(draft, names, now.astimezone(ZoneInfo(standing.cycle.zone)).date())
    if faults or draft.held_on is None:
        raise Invalid(faults)
    lines = [{"item": item, "activity": names[item], "words": said} for item, said in draft.words.items() if said]
    if row is None:
        row = CheckIn(case_id=case_id, written_by_id=actor.person_id, written_at=now)
        session.add(row)
    elif row.version != version:
        raise Conflict(_shown(row.lines), _shown(lines), row.version)
    row.held_on, row.lines, row.next_on, row.updated_at = draft.held_on, lines, draft.next_on, now
    session.flush()
    _plan_reminder(session, standing, now)
    _record(session, row, _sign(standing), now)
    return row


def find_faults(draft: CheckInDraft, names: Mapping[int, str], today: date) -> list[Fault]:
    """Return what is wrong with a check-in; `names` are the activities that it may speak of."""
    faults = []
    if draft.held_on is None:
        faults.append(Fault(text("Say on which day you talked"), field="held_on"))
    elif draft.held_on > today:
        faults.append(Fault(text("This day is still to come"), text("today or earlier"), field="held_on"))
    said = {item: words for item, words in draft.words.items() if words}
    if not said:
        faults.append(Fault(text("Say for at least one activity what was done"), field="words"))
    for item, told in said.items():
        if item not in names:
            faults.append(Fault(text("There is no such activity in this plan"), field="words"))
        elif len(told) > LONGEST:
            expected = text("at most %(count)s signs", count=LONGEST)
            faults.append(Fault(text("This is too long"), expected, field=f"words-{item}"))
    if draft.next_on is not None and draft.held_on is not None and draft.next_on <= draft.held_on:
        faults.append(Fault(text("The next day lies after this check-in"), field="next_on"))
    return faults


def _own(session: Session, standing: Standing, check_in_id: int) -> CheckIn:
    """Return a check-in of this case that the actor wrote: nobody changes what somebody else has signed."""
    row = session.get(CheckIn, check_in_id, populate_existing=True)
    if row is None or (row.case_id, row.written_by_id) != (standing.case.id, standing.actor.person_id):
        raise NotFound
    return row


def _plan_reminder(session: Session, standing: Standing, now: datetime) -> None:
    """Put one reminder in the place of the one that waits: on the day that the newest check-in named, if it comes."""
    case_id, zone = standing.case.id, ZoneInfo(standing.cycle.zone)
    here = (Timer.case_id == case_id, Timer.place == PLACE)
    session.execute(sa.delete(Timer).where(*here, Timer.done_at.is_(None)))
    newest = sa.select(CheckIn.next_on).where(CheckIn.case_id == case_id)
    next_on = session.scalar(newest.order_by(CheckIn.held_on.desc(), CheckIn.id.desc()).limit(1))
    if next_on is None or next_on <= now.astimezone(zone).date():
        return
    fired = session.scalar(sa.select(sa.func.max(Timer.n)).where(*here)) or 0
    due_at = datetime.combine(next_on, time(0), zone).astimezone(UTC)
    timer = Timer(case_id=case_id, place=PLACE, entry=0, what="notify:check_in_due", n=fired + 1, spec=REMINDER)
    timer.due_at = due_at
    session.add(timer)
    session.flush()


def _sign(standing: Standing) -> Actor:
    """Return who writes: candidate or manager in person, or a delegate on the manager's behalf."""
    actor, holder = standing.actor, standing.case.manager_id
    if actor.person_id in (standing.case.candidate_id, holder) or holder not in actor.delegators:
        return actor
    return replace(actor, on_behalf_of=holder)


def _shown(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {f"words-{each['item']}": each["words"] for each in lines}


def _record(session: Session, row: CheckIn, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        NOTED,
        actor=actor,
        now=now,
        case_id=row.case_id,
        subject_type="check_in",
        subject_id=row.id,
    )
