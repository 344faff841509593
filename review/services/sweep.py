"""What happens by itself: due timers fire through the same gate as a click, as the system."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.errors import ReviewError
from review.models import Case, Feedback, Seat, Timer
from review.queries.cases import lock_case
from review.queries.recipients import find_recipients
from review.services import audit
from review.services.effects import Item
from review.services.messages import enqueue_message
from review.services.transitions import fire, fire_item

BATCH = 200


def fire_due_timers(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Fire what is due, case by case; return how many timers were dealt with.

    Of the repeats that were missed only the latest counts. A timer whose action is refused is done with, and the
    trail says why. Each case is locked first, so that several sweepers fire each timer once.
    """
    rows = session.execute(
        sa.select(Timer.case_id).where(Timer.done_at.is_(None), Timer.due_at <= now).order_by(Timer.due_at).limit(limit)
    )
    done = 0
    for case_id in dict.fromkeys(rows.scalars()):
        case = lock_case(session, case_id)
        due = session.scalars(
            sa.select(Timer)
            .where(Timer.case_id == case_id, Timer.done_at.is_(None), Timer.due_at <= now)
            .order_by(Timer.place, Timer.what, Timer.n)
        ).all()
        done += len(due)
        for latest in _collapse(due, now):
            _run(session, case, latest, now)
    return done


def _collapse(due: Iterable[Timer], now: datetime) -> list[Timer]:
    """Mark every timer as done and return, of the repeats of one timer, the latest."""
    latest = []
    for _, repeats in groupby(due, key=lambda timer: (timer.place, timer.entry, timer.what)):
        rows = list(repeats)
        for row in rows:
            row.done_at = now
        latest.append(rows[-1])
    return latest


def _run(session: Session, case: Case, timer: Timer, now: datetime) -> None:
    action = timer.spec.get("fire")
    if action is None:
        for person_id in find_recipients(session, case, timer.place, timer.spec["notify"]):
            enqueue_message(
                session,
                key=f"timer-{timer.id}-{person_id}",
                to_person_id=person_id,
                template=timer.spec["template"],
                params={"place": timer.place, "n": timer.n},
                case_id=case.id,
                now=now,
            )
        audit.record(session, "timer.notify", actor=SYSTEM, now=now, case_id=case.id, detail={"what": timer.what})
        return
    try:
        with session.begin_nested():
            _fire(session, case, timer, action, now)
    except ReviewError as error:
        session.refresh(case)
        detail = {"what": timer.what, "why": type(error).__name__}
        audit.record(session, "timer.refused", actor=SYSTEM, now=now, case_id=case.id, detail=detail)


def _fire(session: Session, case: Case, timer: Timer, action: str, now: datetime) -> None:
    kind, _, number = timer.place.partition(":")
    if not number:
        fire(session, case.id, action, actor=SYSTEM, now=now)
        return
    item: Item = session.get_one(Feedback, int(number)) if kind == "feedback" else session.get_one(Seat, int(number))
    fire_item(session, case.id, item, action, actor=SYSTEM, now=now)
