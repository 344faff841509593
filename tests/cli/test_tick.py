"""`dualtrack tick` says what it did, and what failed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from review.cli.serve import tick
from review.config import Settings
from review.models import Message, Timer
from tests.conftest import environment
from tests.factories import open_case_of, open_scene


def test_timers_that_failed_are_counted(session: Session, settings: Settings, now: datetime) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.execute(sa.delete(Timer))
    session.execute(sa.delete(Message))
    past = datetime.fromisoformat("2000-01-01T00:00:00+00:00")  # the command has the real clock
    told = {"notify": ["nobody"], "template": "overdue"}
    for what, spec in (("0", {"notify": [], "template": "overdue"}), ("1", told)):
        session.add(Timer(case_id=case.id, place="main", entry=1, what=what, n=1, spec=spec, due_at=past))
    session.commit()
    result = CliRunner(env=environment(settings)).invoke(tick)
    assert (result.exit_code, result.stdout) == (0, "Timers: 1, 1 failed and still due. Mails: none due.\n")
