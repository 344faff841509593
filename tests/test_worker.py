"""The worker's sweep: every timer that is due gets its turn, whatever else fails."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.cli.doctor import find_in_database
from review.models import Message, Timer
from review.services.sweep import TimerSweep
from review.services.transitions import fire
from review.worker import TIMERS_A_TRANSACTION, fire_due
from tests.factories import open_case_of, open_scene


def test_timers_that_fail_keep_nothing_else_waiting(session: Session, engine: Engine, now: datetime) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    other = open_case_of(session, scene, "ben", "senior-pm", now)
    for each in (case, other):
        fire(session, each.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.execute(sa.delete(Timer))
    broken = [
        Timer(case_id=case.id, place="main", entry=2, what=f"{n}:notify:", n=1, spec={}, due_at=now)
        for n in range(TIMERS_A_TRANSACTION + 1)
    ]
    told = {"notify": ["candidate"], "template": "packet_reminder"}
    late = Timer(case_id=other.id, place="packet", entry=2, what="0", n=1, spec=told, due_at=now + timedelta(days=1))
    session.add_all([*broken, late])
    session.flush()
    failed = frozenset(timer.id for timer in broken)
    session.commit()
    then = now + timedelta(days=2)
    assert fire_due(engine, now=then) == TimerSweep(1, failed)
    reminded = session.scalars(sa.select(Message.to_person_id).where(Message.template == "packet_reminder"))
    assert reminded.all() == [scene.id("ben")]
    session.commit()
    assert fire_due(engine, now=then) == TimerSweep(0, failed)
    assert [finding.what for finding in find_in_database(engine, now=then)] == [
        f"{len(failed)} timers have been due for over an hour: no worker runs, or firing fails."
    ]
