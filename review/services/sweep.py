"""What happens by itself: due timers fire through the same gate as a click, as the system."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.errors import ReviewError
from review.domain.request_mails import OUTSIDE_TEMPLATES
from review.domain.values import dataclass
from review.models import Case, Feedback, Seat, Timer
from review.queries.cases import lock_cases
from review.queries.recipients import find_external, find_giver, find_recipients
from review.services import audit
from review.services.effects import Item
from review.services.messages import enqueue_message
from review.services.transitions import fire, fire_item

BATCH = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TimerSweep:
    """How many timers were dealt with, and the numbers of those that failed and are still due."""

    done: int
    failed: frozenset[int]


def fire_due_timers(
    session: Session,
    *,
    now: datetime,
    limit: int = BATCH,
    skip: Collection[int] = frozenset(),
    is_over: Callable[[], bool] = lambda: False,
) -> TimerSweep:
    """Fire what is due, case by case, and tell how it went.

    Of the repeats that were missed only the latest counts. A timer whose action is refused is done with, and the
    trail says why. One that fails for any other reason is undone, logged and left due; the others go on. The cases are
    locked first, so that several sweepers fire each timer once.

    Args:
        skip: numbers of timers to leave alone: what has failed in this sweep, so that it keeps nothing else waiting.
        is_over: asked after each case in which something was due: whether the others wait for the next call.
    """
    is_due = (Timer.done_at.is_(None), Timer.due_at <= now, Timer.id.not_in(skip))
    rows = session.scalars(sa.select(Timer.case_id).where(*is_due).order_by(Timer.due_at).limit(limit)).all()
    cases = lock_cases(session, set(rows))
    done, failed = 0, set[int]()
    for case_id in dict.fromkeys(rows):
        here = sa.select(Timer).where(Timer.case_id == case_id, *is_due)
        for repeats in _group(session.scalars(here.order_by(Timer.place, Timer.what, Timer.n))):
            if not sa.inspect(repeats[-1]).persistent:
                continue  # an earlier one has left the state that these belong to, and took them away
            if _deal_with(session, cases[case_id], repeats, now):
                done += len(repeats)
            else:
                failed |= {timer.id for timer in repeats}
        if (done or failed) and is_over():
            break
    return TimerSweep(done, frozenset(failed))


def _group(due: Iterable[Timer]) -> list[list[Timer]]:
    """Return the repeats of each timer together."""
    return [list(repeats) for _, repeats in groupby(due, key=lambda timer: (timer.place, timer.entry, timer.what))]


def _deal_with(session: Session, case: Case, repeats: list[Timer], now: datetime) -> bool:
    """Mark the repeats of a timer as done and run the latest; False when that failed and nothing of it is kept."""
    latest = repeats[-1]
    number = latest.id
    try:
        with session.begin_nested():
            for timer in repeats:
                timer.done_at = now
            _run(session, case, latest, now)
    except Exception:
        log.exception("timer %s of case %s failed; the next sweep tries it again", number, case.id)
        session.refresh(case)
        return False
    return True


def _run(session: Session, case: Case, timer: Timer, now: datetime) -> None:
    action = timer.spec.get("fire")
    if action is None:
        _notify(session, case, timer, now)
        audit.record(session, "timer.notify", actor=SYSTEM, now=now, case_id=case.id, detail={"what": timer.what})
        return
    try:
        with session.begin_nested():
            _fire(session, case, timer, action, now)
    except ReviewError as error:
        session.refresh(case)
        detail = {"what": timer.what, "why": type(error).__name__}
        audit.record(session, "timer.refused", actor=SYSTEM, now=now, case_id=case.id, detail=detail)


def _notify(session: Session, case: Case, timer: Timer, now: datetime) -> None:
    """Write the timer's mail to everybody it tells.

    Only a giver's own mail leads to the request; whoever else hears that feedback is late learns neither who nor which.
    """
    told = find_recipients(session, case, timer.place, timer.spec["notify"])
    outside, giver = find_external(session, told), find_giver(session, timer.place)
    template = timer.spec["template"]
    for person_id in told:
        about = {"place": timer.place} if giver in (None, person_id) else {"page": "ask"}
        about |= {"page": timer.spec["page"]} if "page" in timer.spec else {}
        enqueue_message(
            session,
            key=f"timer-{timer.id}-{timer.due_at:%Y%m%d%H%M}-{person_id}",  # SQLite gives a removed row's id again
            to_person_id=person_id,
            template=OUTSIDE_TEMPLATES.get(template, "outside_reminder") if person_id in outside else template,
            params={**about, "n": timer.n},
            case_id=case.id,
            now=now,
        )


def _fire(session: Session, case: Case, timer: Timer, action: str, now: datetime) -> None:
    kind, _, number = timer.place.partition(":")
    if not number:
        fire(session, case.id, action, actor=SYSTEM, now=now)
        return
    item: Item = session.get_one(Feedback, int(number)) if kind == "feedback" else session.get_one(Seat, int(number))
    fire_item(session, case.id, item, action, actor=SYSTEM, now=now)
