"""Sending the letters of an approved batch: a few at once, many by a job, part by part, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue, job_in_parts
from review.domain.access import SYSTEM, Actor, Role
from review.domain.errors import NotFound, TransitionRefused
from review.domain.run_state import RunState
from review.domain.text import Text, text
from review.models import Release, ReleaseItem, ReleaseRun
from review.queries.actors import find_actor
from review.queries.cases import lock_cases
from review.queries.cycles import lock_cycle
from review.queries.letters import releasing_options
from review.queries.release_runs import list_unsent
from review.queries.releases import lock_release
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.audit_head import Subject, find_keys
from review.services.messages import gathered
from review.services.transitions import make_move

JOB = "send_letters"
AT_ONCE = 50
"""So many letters go out while the page waits, in under a second; more are a job."""
A_PART = 20
"""Letters of one transaction: on SQLite nobody else saves while it runs."""
REST_SECONDS = 0.1
"""Between two parts, so that whoever saves meanwhile gets their turn."""


def send_letters(session: Session, case_ids: Collection[int], *, actor: Actor, now: datetime) -> None:
    """Make the move of each case that fits its decision and sends its letter out, whatever its workflow calls it.

    Raises TransitionRefused for the first that cannot go out, NotFound for one that the actor may not know of.
    """
    with _gathered(session, case_ids):
        for case_id in case_ids:
            _send(session, *_find_move(session, case_id, actor, now), now)


def is_for_a_worker(case_ids: Collection[int]) -> bool:
    """Tell whether so many letters are more than a page waits for."""
    return len(case_ids) > AT_ONCE


def hand_over(session: Session, release: Release, total: int) -> None:
    """Let a worker send the letters of a batch that was approved in the same transaction."""
    row = ReleaseRun(release_id=release.id, total=total)
    session.add(row)
    session.flush()
    enqueue(session, JOB, row.id, key=f"{JOB}-{row.id}")


def with_code(code: str, why: Text) -> Text:
    """Return a reason with the case that it is about."""
    return text("%(code)s: %(why)s", code=code, why=why)


def note_failure(session: Session, _error: str, run_id: int, *, now: datetime) -> None:
    """Note that it broke off for a reason that is in no case: what is out stays so, the rest is for another batch."""
    row, _ = _lock(session, run_id)
    if row.ended_at is None:
        _end(session, row, RunState.FAILED, now)


@job_in_parts(JOB, fail=note_failure)
def send_the_rest(engine: Engine, run_id: int, *, now: datetime, is_over: Callable[[], bool]) -> bool:
    """Send the letters of a batch that are not out, part by part; False when told to stop before the end.

    Each part looks anew which are left, under the lock of the batch: a kill loses the part that was being written and
    nothing else, and no letter goes out twice, whoever goes on.
    """
    rest = Event()
    while _send_part(engine, run_id, now):
        if is_over():
            return False
        rest.wait(REST_SECONDS)
    return True


def _send_part(engine: Engine, run_id: int, now: datetime) -> bool:
    """Send some letters with the note of it in one transaction; tell whether any are left."""
    with Session(engine) as session:
        row, release = _lock(session, run_id)
        if row.ended_at is not None or release.approved_by_id is None:
            return False
        actor = find_actor(session, release.approved_by_id, today=now.date())
        left = list_unsent(session, release.id)
        part = left[:A_PART]
        if actor.has(Role.HR):
            lock_cases(session, part)
            _keep_back(session, row, _send_what_can(session, part, actor, now), now)
            row.state, row.sent = RunState.RUNNING, row.total - row.kept - len(left) + len(part)
            if part == left:
                _end(session, row, RunState.DONE, now)
        else:
            _end(session, row, RunState.STOPPED, now)
        is_done = row.ended_at is not None
        session.commit()
    return not is_done


def _lock(session: Session, run_id: int) -> tuple[ReleaseRun, Release]:
    """Lock the cycle and the batch of a run, in the order of whoever approves it; return the run as it is now."""
    found = sa.select(Release.id, Release.cycle_id).join(ReleaseRun, ReleaseRun.release_id == Release.id)
    release_id, cycle_id = session.execute(found.where(ReleaseRun.id == run_id)).one()
    lock_cycle(session, cycle_id)
    release = lock_release(session, release_id)
    row = session.get_one(ReleaseRun, run_id, populate_existing=True)
    if release is None:
        raise NotFound
    return row, release


def _send_what_can(session: Session, case_ids: Collection[int], actor: Actor, now: datetime) -> list[int]:
    """Send the letters that can go out still; return the cases that have moved since the batch was approved."""
    refused = []
    with _gathered(session, case_ids):
        for case_id in case_ids:
            try:
                found = _find_move(session, case_id, actor, now)
            except (NotFound, TransitionRefused):
                refused.append(case_id)
            else:
                _send(session, *found, now)
    return refused


@contextmanager
def _gathered(session: Session, case_ids: Collection[int]) -> Iterator[None]:
    """Find at once what the events of every case need, and gather the mails of all."""
    find_keys(session, [Subject(case_id, None) for case_id in case_ids])
    with gathered(session):
        yield


def _send(session: Session, standing: Standing, action: str, now: datetime) -> None:
    make_move(session, standing, action, standing.workflow_roles, now=now)


def _find_move(session: Session, case_id: int, actor: Actor, now: datetime) -> tuple[Standing, str]:
    """Lock a case and return with it the action that sends its letter out; raises as send_letters does."""
    standing = lock_standing(session, case_id, actor, now=now)
    found = releasing_options(standing)
    fits = next((each for each in found if each.is_allowed), None)
    if fits is None or not standing.may_act("decision.announce"):
        why = [reason.text for each in found for reason in each.reasons] or [text("This is not possible at this step")]
        raise TransitionRefused([with_code(standing.case.code, each) for each in why])
    return standing, fits.id


def _end(session: Session, row: ReleaseRun, state: RunState, now: datetime) -> None:
    _keep_back(session, row, list_unsent(session, row.release_id), now)
    row.state, row.ended_at = state, now
    session.flush()


def _keep_back(session: Session, row: ReleaseRun, case_ids: Collection[int], now: datetime) -> None:
    """Take cases out of their batch: what was approved for them holds no more, they need two persons anew."""
    if not case_ids:
        return
    session.execute(
        sa.delete(ReleaseItem).where(ReleaseItem.release_id == row.release_id, ReleaseItem.case_id.in_(case_ids))
    )
    row.kept += len(case_ids)
    audit.record(
        session,
        "release.keep_back",
        actor=SYSTEM,
        now=now,
        subject_type="release",
        subject_id=row.release_id,
        detail={"cases": list(case_ids)},
    )
