"""Nominating everybody who is eligible: a few at once, many by a job, part by part, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue, job_in_parts
from review.domain.access import Actor, Role
from review.domain.errors import NoLongerHere, NotAllowed, TransitionRefused
from review.domain.run_state import RunState
from review.domain.text import text
from review.models import NominationRun
from review.queries.actors import find_actor
from review.queries.cycle_changes import find_nominations
from review.queries.cycles import lock_cycle
from review.services import audit
from review.services.cases import nominate_all_eligible

JOB = "nominate_all"
AT_ONCE = 50
"""So many cases are opened while the page waits, in under a second; more are a job."""
A_PART = 40
"""People of one transaction: on SQLite nobody else saves while it runs."""
REST_SECONDS = 0.1
"""Between two parts, so that whoever saves meanwhile gets their turn."""


def nominate_everybody(session: Session, cycle_id: int, *, actor: Actor, now: datetime) -> int | None:
    """Open a case for everybody eligible, or have a job do it where they are many: then None.

    Returns how many cases were opened. While a job is at it for the cycle, no second one is begun.

    Raises:
        NotAllowed: not an HR partner.
        TransitionRefused: the cycle is not open.
    """
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner may do this"))
    cycle = lock_cycle(session, cycle_id)
    is_under_way = sa.select(NominationRun.id).where(
        NominationRun.cycle_id == cycle_id, NominationRun.ended_at.is_(None)
    )
    if session.scalar(is_under_way.limit(1)) is not None:
        return None
    count = len(find_nominations(session, cycle_id, actor=actor, now=now).eligible)
    if cycle.state != "open" or count <= AT_ONCE:
        return len(nominate_all_eligible(session, cycle_id, actor=actor, now=now))
    row = NominationRun(cycle_id=cycle_id, asked_by_id=actor.person_id, asked_at=now, total=count)
    session.add(row)
    session.flush()
    enqueue(session, JOB, row.id, key=f"{JOB}-{row.id}")
    audit.record(
        session,
        "cycle.nominate_all",
        actor=actor,
        now=now,
        subject_type="cycle",
        subject_id=cycle_id,
        detail={"run": row.id, "count": count},
    )
    return None


def note_failure(session: Session, _error: str, run_id: int, *, now: datetime) -> None:
    """Note that it broke off for a reason that is in no case; what was opened stays."""
    _end(session.get_one(NominationRun, run_id), RunState.FAILED, now)


@job_in_parts(JOB, fail=note_failure)
def open_the_rest(engine: Engine, run_id: int, *, now: datetime, is_over: Callable[[], bool]) -> bool:
    """Open the cases that are left of a run, part by part; False when told to stop before the end.

    Everybody is judged once more with their part: who has said "not now" meanwhile, say, is left alone. A kill loses
    the part that was being written and nothing else: the next try looks anew who is left.
    """
    left = _begin(engine, run_id, now)
    rest = Event()
    while left:
        part, left = left[:A_PART], left[A_PART:]
        if not _open_part(engine, run_id, part, is_last=not left, now=now):
            return True
        if left and is_over():
            return False
        rest.wait(REST_SECONDS if left else 0)
    return True


def _begin(engine: Engine, run_id: int, now: datetime) -> Sequence[int]:
    """Note that a run has begun; return who is left to nominate, nobody where it has ended."""
    with Session(engine) as session:
        row = session.get_one(NominationRun, run_id)
        if row.ended_at is not None:
            return ()
        actor = find_actor(session, row.asked_by_id, today=now.date())
        found = find_nominations(session, row.cycle_id, actor=actor, now=now)
        row.state, row.total = RunState.RUNNING, row.opened + len(found.eligible)
        if not found.eligible:
            _end(row, RunState.DONE, now)
        session.commit()
    return [each.person_id for each in found.eligible]


def _open_part(engine: Engine, run_id: int, people: Sequence[int], *, is_last: bool, now: datetime) -> bool:
    """Open the cases of some people, with the note of it; False where the run ends before its last part."""
    with Session(engine) as session:
        row = session.get_one(NominationRun, run_id)
        actor = find_actor(session, row.asked_by_id, today=now.date())
        try:
            row.opened += len(nominate_all_eligible(session, row.cycle_id, actor=actor, now=now, only=people))
        except (NotAllowed, NoLongerHere, TransitionRefused):
            session.rollback()
            _end(session.get_one(NominationRun, run_id), RunState.STOPPED, now)
            session.commit()
            return False
        if is_last:
            _end(row, RunState.DONE, now)
        session.commit()
    return True


def _end(row: NominationRun, state: RunState, now: datetime) -> None:
    row.state, row.ended_at = state, now
