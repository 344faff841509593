"""One step for many cases of a cycle: kept as it was asked for, done case by case, and told how it ended for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue, job
from review.domain.access import Actor, Role
from review.domain.bulk import GONE, MANAGER, Step, Wish, find_new_day, keep_text, read_wish
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import Text, text
from review.domain.workflow import state_of
from review.models import BulkStep, BulkStepCase, CaseToken, Cycle
from review.queries.actors import find_actor
from review.queries.cases import lock_cases
from review.queries.cycle_cases import CaseLine, read_cycle_cases
from review.queries.cycle_narrowing import CaseSearch
from review.queries.standing import Standing, lock_standing
from review.services import audit, timers
from review.services.bulk_leavers import withdraw_leaver
from review.services.bulk_plan import (
    EXTENDED,
    NUDGE,
    Ground,
    Planned,
    find_confirmation,
    find_page,
    find_withdrawal,
    plan_case,
    plan_handing_on,
    survey,
)
from review.services.messages import enqueue_message
from review.services.people.handover import hand_over_cases
from review.services.ratings import assign_second_rater
from review.services.request_keys import claim
from review.services.transitions import fire

JOB = "bulk_step"
AT_ONCE = 50
"""So many cases are done while the page waits; more are a job."""
A_TRANSACTION = 20


def ask_for(
    session: Session,
    cycle_id: int,
    case_ids: Sequence[int],
    step: Step,
    wish: Wish,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> int | None:
    """Do a step to these cases of a cycle, or have a job do it where they are many; return the number it is kept under.

    Cases that the actor is part of are left out and not counted. The same form sent twice does nothing again and gets
    the number of what the actor asked for last; None where there is none, or no case is left.

    Raises NotAllowed for everybody but HR.
    """
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner runs cycles"))
    if not claim(session, request_key, actor=actor, now=now):
        last = sa.select(sa.func.max(BulkStep.id))
        return session.scalar(last.where(BulkStep.cycle_id == cycle_id, BulkStep.person_id == actor.person_id))
    chosen = [line.id for line in _lines(session, cycle_id, case_ids, actor, now)]
    if not chosen:
        return None
    row = BulkStep(cycle_id=cycle_id, person_id=actor.person_id, step=str(step), params=wish.as_params(), asked_at=now)
    session.add(row)
    session.flush()
    session.add_all(BulkStepCase(bulk_step_id=row.id, case_id=case_id) for case_id in sorted(chosen))
    session.flush()
    if len(chosen) <= AT_ONCE:
        _work(session, row, actor, now=now, limit=AT_ONCE)
    else:
        enqueue(session, JOB, row.id, key=f"{JOB}-{row.id}-0")
    detail = {"step": str(step), "count": len(chosen)}
    audit.record(session, "cycle.bulk", actor=actor, now=now, subject_type="cycle", subject_id=cycle_id, detail=detail)
    return row.id


@job(JOB)
def go_on(session: Session, bulk_id: int, *, now: datetime) -> None:
    """Do the next cases of a step, and ask for the rest: each transaction is short, and what was done stays done."""
    row = session.get_one(BulkStep, bulk_id, with_for_update={"key_share": True}, populate_existing=True)
    zone = ZoneInfo(session.get_one(Cycle, row.cycle_id).zone)
    actor = find_actor(session, row.person_id, today=now.astimezone(zone).date())
    done = _work(session, row, actor, now=now, limit=A_TRANSACTION)
    if row.ended_at is None:
        enqueue(session, JOB, row.id, key=f"{JOB}-{row.id}-{done}")


def _work(session: Session, row: BulkStep, actor: Actor, *, now: datetime, limit: int) -> int:
    """Do the next waiting cases, all of them locked first; return the number of the last one."""
    waiting = sa.select(BulkStepCase).where(BulkStepCase.bulk_step_id == row.id, BulkStepCase.state == "waiting")
    lines = session.scalars(waiting.order_by(BulkStepCase.case_id).limit(limit)).all()
    lock_cases(session, [line.case_id for line in lines])
    for line in lines:
        try:
            with session.begin_nested():
                said = _take(session, row, line.case_id, actor, now=now)
        except (TransitionRefused, NotAllowed) as refused:
            _note(line, "refused", next(iter(refused.reasons), GONE), now)
        except Invalid as refused:
            _note(line, "refused", refused.faults[0].what, now)
        except NotFound:
            _note(line, "refused", GONE, now)
        else:
            _note(line, "done", said, now)
    session.flush()
    if session.scalar(waiting.limit(1)) is None:
        row.ended_at = now
    return lines[-1].case_id if lines else 0


def _note(line: BulkStepCase, state: str, said: Text, now: datetime) -> None:
    line.state, line.said, line.done_at = state, keep_text(said), now


def _take(session: Session, row: BulkStep, case_id: int, actor: Actor, *, now: datetime) -> Text:
    """Do the step to one locked case as it stands now; return what was done. Errors say why not."""
    standing = lock_standing(session, case_id, actor, now=now)
    found = _lines(session, row.cycle_id, [case_id], actor, now)
    if Role.HR not in standing.roles or not found:
        raise NotFound
    step, wish, ground = (
        Step(row.step),
        read_wish(row.params),
        survey(session, row.cycle_id, [case_id], actor=actor, now=now),
    )
    is_handed_on = step is Step.REASSIGN
    planned = (
        plan_handing_on(session, found[0], standing, wish) if is_handed_on else plan_case(found[0], step, wish, ground)
    )
    if planned.obstacle is not None or planned.words is None:
        raise TransitionRefused([planned.obstacle or GONE])
    if step is Step.CONFIRM:
        fire(session, case_id, find_confirmation(planned.line) or "", actor=actor, now=now)
        return text("Confirmed that the candidate is eligible")
    if step is Step.NUDGE:
        _record(session, standing, "nudge", ground, people=[who.person_id for who in planned.mails])
        _tell(session, planned, NUDGE, ground.today.isoformat(), ground)
    elif step is Step.EXTEND:
        _extend(session, standing, planned, wish, ground)
    elif step is Step.REASSIGN:
        _hand_on(session, standing, wish, ground)
    else:
        withdraw_leaver(session, standing, find_withdrawal(planned.line) or "", actor=actor, now=now)
    return planned.words


def _extend(session: Session, standing: Standing, planned: Planned, wish: Wish, ground: Ground) -> None:
    """Move the days of the stage and of its parts; no part gets a later day than the stage."""
    line, calendar, case = planned.line, ground.calendar, standing.case
    last_on = find_new_day(line.due_on, wish, calendar, ground.today) if line.due_on else None
    tokens = session.scalars(sa.select(CaseToken).where(CaseToken.case_id == case.id, CaseToken.due_at.is_not(None)))
    for token in tokens.all():
        before = calendar.day_of(token.due_at) if token.due_at else None
        new_on = find_new_day(before, wish, calendar, ground.today) if before else None
        if before and new_on and last_on and before < (until := min(new_on, last_on)):
            state = state_of(standing.definition, standing.facts.tokens, token.region)
            timers.extend(session, case, token, state, calendar, until=until)
    until_on = last_on.isoformat() if last_on else ""
    _record(session, standing, "extend", ground, until=until_on)
    _tell(session, planned, EXTENDED, until_on, ground)


def _hand_on(session: Session, standing: Standing, wish: Wish, ground: Ground) -> None:
    case, actor, now, taker = standing.case, ground.actor, ground.now, wish.to_person_id or 0
    if wish.part == MANAGER:
        hand_over_cases(session, {case.candidate_id: taker}, actor=actor, now=now)
        return
    if standing.facts.tokens.get("second_rating") == "asked":
        fire(session, case.id, "replace_second_rater", actor=actor, now=now, note=str(wish.to_name))
    assign_second_rater(session, case.id, taker, actor=actor, now=now)


def _record(session: Session, standing: Standing, what: str, ground: Ground, **detail: object) -> None:
    audit.record(session, f"case.{what}", actor=ground.actor, now=ground.now, case_id=standing.case.id, detail=detail)


def _tell(session: Session, planned: Planned, template: str, day: str, ground: Ground) -> None:
    """Write a mail to each; one reminder of a case a day, and one mail for each new day of it."""
    case_id = planned.line.id
    for who in planned.mails:
        enqueue_message(
            session,
            key=f"{template}-{case_id}-{who.person_id}-{day}",
            to_person_id=who.person_id,
            template=template,
            params={"page": page} if (page := find_page(planned.line, who.person_id)) else {},
            case_id=case_id,
            now=ground.now,
        )


def _lines(
    session: Session, cycle_id: int, case_ids: Sequence[int], actor: Actor, now: datetime
) -> tuple[CaseLine, ...]:
    zone = ZoneInfo(session.get_one(Cycle, cycle_id).zone)
    today: date = now.astimezone(zone).date()
    wanted = CaseSearch(only=tuple(case_ids))
    return tuple(read_cycle_cases(session, cycle_id, actor, wanted, today=today, zone=zone))
