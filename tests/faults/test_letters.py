"""A worker is killed while it sends the letters of a batch: another one sends those that are left, each once."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import AuditEvent, Case, Letter, Message, ReleaseRun
from review.services.audit import find_break
from review.services.releases import approve_release, prepare_release
from tests.after_decision import decided_room, make_ready
from tests.faults.processes import kill_halfway
from tests.many_letters import copy_letters

LETTERS = 200


@pytest.mark.both_databases
def test_another_worker_sends_the_rest(engine_session: Session, engine_settings: Settings, now: datetime) -> None:
    session, settings = engine_session, engine_settings
    room = decided_room(session, now)
    make_ready(room)
    cases = [room.case_id, *copy_letters(room, LETTERS - 1)]
    batch = prepare_release(session, room.scene.cycle_id, cases, actor=room.actor("hanna"), now=now)
    assert batch is not None
    assert approve_release(session, room.scene.cycle_id, batch.id, actor=room.actor("hugo"), now=now) is None
    session.commit()

    def look() -> tuple[str, int, int]:
        found = session.execute(sa.select(ReleaseRun.state, ReleaseRun.sent, ReleaseRun.kept)).one()
        session.rollback()  # a look takes SQLite's lock for writing
        return found.state, found.sent, found.kept

    kill_halfway(settings, look, LETTERS)
    assert look() == ("done", LETTERS, 0)
    assert session.scalar(sa.select(sa.func.count()).where(Letter.released_at.is_not(None))) == LETTERS
    assert session.scalar(sa.select(sa.func.count()).where(Case.state == "promoted")) == LETTERS
    told = session.scalars(sa.select(Message.case_id).where(Message.template == "letter_released")).all()
    events = session.scalars(sa.select(AuditEvent.case_id).where(AuditEvent.kind == "letter.release")).all()
    assert (sorted(told), sorted(e for e in events if e)) == (cases, cases)
    assert find_break(session) is None
