"""A manager follows up the requests in a case of theirs: all that are open at once, and nobody learns which those were.

What happens to each request is in the trail; the manager hears only that it was done. Givers whom HR hides and direct
reports are left out: HR and the timers follow them up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.chasing import WAITING, find_obstacle_to_extension
from review.domain.errors import NotFound, TransitionRefused
from review.domain.feedback_request import PEER
from review.models import Feedback
from review.queries.askable import find_obstacles_to_asking, is_visible
from review.queries.cycles import load_dates
from review.queries.standing import Standing, lock_standing
from review.services.feedback import refuse_for
from review.services.feedback_chasing import ask_substitute, give_until, send_reminder
from review.services.request_keys import claim


def remind_all(session: Session, case_id: int, *, actor: Actor, now: datetime, request_key: str | None = None) -> None:
    """Remind everybody in a case who has not answered and is not reminded today already.

    Raises NotFound for who is not its manager, TransitionRefused once feedback is closed.
    """
    standing = _lock(session, case_id, actor, now)
    if claim(session, request_key, actor=actor, now=now):
        _do_to_all(session, standing, lambda row: send_reminder(session, standing, row, now=now))


def extend_all(
    session: Session,
    case_id: int,
    until: date | None,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Give everybody in a case who has not answered until a day, unless they have longer already.

    Raises NotFound for who is not its manager, TransitionRefused once feedback is closed or for a day that cannot be.
    """
    standing = _lock(session, case_id, actor, now)
    today = now.astimezone(ZoneInfo(standing.cycle.zone)).date()
    last_on = load_dates(session, standing.cycle.id).get("feedback_deadline")
    why = find_obstacle_to_extension("asked", standing.phase, until, due_on=None, today=today, last_on=last_on)
    refuse_for(() if why is None else (why,))
    if claim(session, request_key, actor=actor, now=now):
        _do_to_all(session, standing, lambda row: give_until(session, standing, row, until, now=now))


def replace_one(
    session: Session,
    case_id: int,
    feedback_id: int,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Ask whom a giver who said no has named.

    Raises NotFound for who is not the manager of the case or does not see the request, TransitionRefused, Invalid when
    the other cannot be asked.
    """
    standing = _lock(session, case_id, actor, now)
    row = session.get(Feedback, feedback_id, populate_existing=True)
    if row is None or row.case_id != case_id or row.kind != PEER or not is_visible(standing, row):
        raise NotFound
    if claim(session, request_key, actor=actor, now=now):
        ask_substitute(session, standing, row, now=now)


def _lock(session: Session, case_id: int, actor: Actor, now: datetime) -> Standing:
    standing = lock_standing(session, case_id, actor, now=now)
    if Role.MANAGER not in standing.roles:
        raise NotFound
    refuse_for(find_obstacles_to_asking(standing))
    return standing


def _do_to_all(session: Session, standing: Standing, step: Callable[[Feedback], None]) -> None:
    """Take a step with each open request; what is refused for one of them is told to nobody."""
    rows = session.scalars(
        sa.select(Feedback)
        .where(
            Feedback.case_id == standing.case.id,
            Feedback.kind == PEER,
            Feedback.state.in_(WAITING),
            Feedback.is_hidden_from_manager.is_(False),
        )
        .order_by(Feedback.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        try:
            step(row)
        except TransitionRefused:
            continue
