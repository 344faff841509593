"""A sealed packet is printed by the worker, although the worker is killed while it prints."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine
from review.models import AuditEvent, PacketFile
from review.queries.packets import EARLY_VIEWS
from review.services.audit import find_break
from tests.committee_room import sealed_room
from tests.faults.processes import PATIENCE_SECONDS, running, wait_for


@pytest.mark.both_databases
def test_a_packet_is_printed_once_although_the_worker_dies(settings: Settings, now: datetime) -> None:
    settings = replace(settings, jobs=JobsMode.DBOS)
    migrate_database(settings)
    engine = make_engine(settings)
    with Session(engine) as session:
        sealed_room(session, now)

        def states() -> dict[str, str]:
            found = {file.view: file.state for file in session.scalars(sa.select(PacketFile))}
            session.rollback()
            return found

        assert states() == dict.fromkeys(EARLY_VIEWS, "waiting")
        with running(settings, "review.cli", "worker") as first:
            wait_for(lambda: "ready" in states().values(), settings)
            first.kill()
            first.wait(PATIENCE_SECONDS)
        with running(settings, "review.cli", "worker"):
            wait_for(lambda: set(states().values()) == {"ready"}, settings)
        for file in session.scalars(sa.select(PacketFile)):
            pdf = (settings.files_dir / str(file.path)).read_bytes()
            assert hashlib.sha256(pdf).hexdigest() == file.digest
        rendered = session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == "packet.rendered"))
        assert rendered == len(EARLY_VIEWS)
        assert find_break(session) is None
    engine.dispose()
