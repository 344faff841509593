"""Following up requests for feedback, one or many: a reminder now, a later day, the one named in somebody's place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.chasing import (
    Step,
    find_obstacle_to_extension,
    find_obstacle_to_reminder,
    find_obstacle_to_replacement,
)
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.feedback_request import PEER
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import Feedback
from review.queries.cases import lock_cases
from review.queries.chasing import ChaseBoard, ChaseRow, reminded
from review.queries.chasing_pages import Asked
from review.queries.cycles import load_dates
from review.queries.standing import Standing, lock_standing
from review.services import audit, timers
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_notices import tell_giver
from review.services.request_keys import claim

MOST_AT_ONCE = 100
REMINDER = "feedback_nudge"
GONE = text("This request is not there any more")


@dataclass(frozen=True)
class Planned:
    """A request and why a step is not possible for it, None when it is."""

    row: ChaseRow
    obstacle: Text | None


def plan_step(board: ChaseBoard, step: Step, until: date | None) -> tuple[Planned, ...]:
    """Return what a step would do to each row of a board; writes nothing."""
    return tuple(Planned(row, _find_obstacle(board, row, step, until)) for row in board.rows)


def _find_obstacle(board: ChaseBoard, row: ChaseRow, step: Step, until: date | None) -> Text | None:
    if step is Step.REMIND:
        return find_obstacle_to_reminder(row.state, row.phase, is_reminded_today=row.is_reminded_today)
    if step is Step.EXTEND:
        return find_obstacle_to_extension(
            row.state, row.phase, until, due_on=row.due_on, today=board.today, last_on=board.last_on
        )
    return find_obstacle_to_replacement(row.state, row.phase, has_substitute=row.substitute_id is not None)


def take_step(
    session: Session,
    rows: Iterable[ChaseRow],
    step: Step,
    *,
    until: date | None,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> tuple[Planned, ...]:
    """Do a step to each of several requests, at most MOST_AT_ONCE; return them with why it was not done, if so.

    What is refused for one request is undone for that one alone. The same form sent twice does nothing again.
    """
    if not claim(session, request_key, actor=actor, now=now):
        return ()
    done: list[Planned] = []
    chosen = list(rows)[:MOST_AT_ONCE]
    lock_cases(session, {row.case_id for row in chosen})
    for row in chosen:
        try:
            with session.begin_nested():
                _take(session, row, step, until=until, actor=actor, now=now)
        except (TransitionRefused, NotAllowed) as refused:
            done.append(Planned(row, next(iter(refused.reasons), GONE)))
        except Invalid as refused:
            done.append(Planned(row, refused.faults[0].what))
        except NotFound:
            done.append(Planned(row, GONE))
        else:
            done.append(Planned(row, None))
    return tuple(done)


def _take(session: Session, row: ChaseRow, step: Step, *, until: date | None, actor: Actor, now: datetime) -> None:
    if step is Step.REMIND:
        remind(session, row.case_id, row.id, actor=actor, now=now)
    elif step is Step.EXTEND:
        extend(session, row.case_id, row.id, until, actor=actor, now=now)
    else:
        replace(session, row.case_id, row.id, actor=actor, now=now)


def remind(session: Session, case_id: int, feedback_id: int, *, actor: Actor, now: datetime) -> None:
    """Remind a giver with the next morning's mail; not while a reminder, of a timer's too, is on its way or went today.

    Raises NotFound for who is not HR of this case, TransitionRefused with the reason.
    """
    standing, row = _lock(session, case_id, feedback_id, actor, now)
    send_reminder(session, standing, row, now=now)


def send_reminder(session: Session, standing: Standing, row: Feedback, *, now: datetime) -> None:
    """Remind of a request of a locked case; raise TransitionRefused with the reason why not."""
    zone, today = ZoneInfo(standing.cycle.zone), _today(standing, now)
    is_reminded = session.scalar(sa.select(Asked.id).where(Asked.id == row.id, reminded(today, zone))) is not None
    _require_no(find_obstacle_to_reminder(row.state, standing.phase, is_reminded_today=is_reminded))
    tell_giver(session, row, REMINDER, key=f"{REMINDER}-{row.id}-{today.isoformat()}", now=now)
    _record(session, row, "remind", actor=standing.actor, now=now)


def extend(
    session: Session, case_id: int, feedback_id: int, until: date | None, *, actor: Actor, now: datetime
) -> None:
    """Give a request a later day, within the cycle's last day for feedback, and tell the giver; timers move along.

    Raises NotFound for who is not HR of this case, TransitionRefused with the reason.
    """
    standing, row = _lock(session, case_id, feedback_id, actor, now)
    give_until(session, standing, row, until, now=now)


def give_until(session: Session, standing: Standing, row: Feedback, until: date | None, *, now: datetime) -> None:
    """Give a request of a locked case a later day; raise TransitionRefused with the reason why not."""
    due_on = row.due_at.astimezone(ZoneInfo(standing.cycle.zone)).date() if row.due_at else None
    last_on = load_dates(session, standing.cycle.id).get("feedback_deadline")
    today = _today(standing, now)
    _require_no(
        find_obstacle_to_extension(row.state, standing.phase, until, due_on=due_on, today=today, last_on=last_on)
    )
    if until is None:
        return
    calendar = timers.calendar_of(session, standing.cycle, now)
    row.due_at = calendar.end_of(until)
    state = standing.definition.items["feedback"].states[row.state]
    timers.postpone(session, standing.case, row, state, calendar)
    tell_giver(session, row, "feedback_moved", key=f"feedback_moved-{row.id}-{until.isoformat()}", now=now)
    _record(session, row, "extend", actor=standing.actor, now=now, until=until.isoformat())


def replace(session: Session, case_id: int, feedback_id: int, *, actor: Actor, now: datetime) -> None:
    """Ask the person whom a giver named in their place.

    Raises NotFound for who is not HR of this case, TransitionRefused with the reason, Invalid when the
    other cannot be asked.
    """
    standing, row = _lock(session, case_id, feedback_id, actor, now)
    ask_substitute(session, standing, row, now=now)


def ask_substitute(session: Session, standing: Standing, row: Feedback, *, now: datetime) -> None:
    """Ask whom the giver of a request of a locked case named; errors are TransitionRefused and propose_givers()'s."""
    has_substitute = row.substitute_id is not None
    _require_no(find_obstacle_to_replacement(row.state, standing.phase, has_substitute=has_substitute))
    proposal = Proposal((row.substitute_id or 0,), "", tuple(row.criteria), row.is_hidden_from_manager)
    propose_givers(session, standing.case.id, proposal, actor=standing.actor, now=now)
    _record(session, row, "replace", actor=standing.actor, now=now)


def _lock(session: Session, case_id: int, feedback_id: int, actor: Actor, now: datetime) -> tuple[Standing, Feedback]:
    standing = lock_standing(session, case_id, actor, now=now)
    row = session.get(Feedback, feedback_id, populate_existing=True)
    is_hr = Role.HR in standing.roles and standing.may_read("feedback.author")
    if row is None or row.case_id != case_id or row.kind != PEER or not is_hr:
        raise NotFound
    return standing, row


def _today(standing: Standing, now: datetime) -> date:
    return now.astimezone(ZoneInfo(standing.cycle.zone)).date()


def _require_no(obstacle: Text | None) -> None:
    if obstacle is not None:
        raise TransitionRefused([obstacle])


def _record(session: Session, row: Feedback, what: str, *, actor: Actor, now: datetime, **detail: str) -> None:
    audit.record(
        session,
        f"feedback.{what}",
        actor=actor,
        now=now,
        case_id=row.case_id,
        subject_type="feedback",
        subject_id=row.id,
        detail=detail,
    )
