"""A worker is killed while it nominates everybody eligible: another one opens the cases that are left, each once."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import AuditEvent, Case, NominationRun, Person
from review.queries.cycle_changes import find_nominations
from review.services.audit import find_break
from review.services.cases_nominate_all import nominate_everybody
from tests.factories import open_scene
from tests.faults.processes import kill_halfway

PEOPLE = 600


@pytest.mark.both_databases
def test_another_worker_opens_the_rest(engine_session: Session, engine_settings: Settings, now: datetime) -> None:
    session, settings = engine_session, engine_settings
    scene = open_scene(session, now)
    people = [{"external_id": f"z{n}", "name": f"Zoe {n}", "function": "Product"} for n in range(PEOPLE)]
    session.add_all(Person(**each, level_id="pm-2", level_since_on=date(2020, 1, 6)) for each in people)
    session.flush()
    total = len(find_nominations(session, scene.cycle_id, actor=scene.actor("hanna"), now=now).eligible)
    assert nominate_everybody(session, scene.cycle_id, actor=scene.actor("hanna"), now=now) is None
    session.commit()

    def look() -> tuple[str, int, int]:
        found = session.execute(sa.select(NominationRun.state, NominationRun.opened, NominationRun.total)).one()
        session.rollback()  # a look takes SQLite's lock for writing
        return found.state, found.opened, found.total

    kill_halfway(settings, look, total)
    assert look() == ("done", total, total)
    candidates = session.scalars(sa.select(Case.candidate_id)).all()
    assert (len(candidates), len(set(candidates))) == (total, total)
    assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == "case.open")) == total
    assert find_break(session) is None
