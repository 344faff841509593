"""A book is put together by the worker, although the worker is killed while it prints and while it merges."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

import pikepdf
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine
from review.models import AuditEvent, Book, PacketFile
from review.services.audit import find_break
from review.services.books import request_book
from tests.committee_room import built_room
from tests.factories import open_scene
from tests.faults.printer_in_test import printing
from tests.faults.processes import PATIENCE_SECONDS, wait_for


@pytest.mark.both_databases
def test_a_book_goes_on_where_a_killed_worker_left_it(settings: Settings, now: datetime) -> None:
    settings = replace(settings, jobs=JobsMode.DBOS, render_processes=1)
    migrate_database(settings)
    engine = make_engine(settings)
    with Session(engine) as session:
        scene = open_scene(session, now)
        for key, level in {"iris": "staff-pm", "ben": "senior-pm"}.items():
            built_room(session, scene, now, key=key, to_level=level).fire("seal", "hanna")
        request_book(session, scene.committee_id, actor=scene.actor("mika"), now=now)
        session.commit()

        def look() -> tuple[str, int]:
            state = session.scalars(sa.select(Book.state)).one()
            ready = session.scalar(sa.select(sa.func.count()).where(PacketFile.state == "ready"))
            session.rollback()
            return state, ready or 0

        assert look() == ("printing", 0)
        with printing(settings) as first:
            wait_for(lambda: look()[1] >= 1, settings)
            first.kill()
            first.join(PATIENCE_SECONDS)
        with printing(settings) as second:
            wait_for(lambda: look()[0] != "printing", settings)
            second.kill()
            second.join(PATIENCE_SECONDS)
        with printing(settings):
            wait_for(lambda: look()[0] == "ready", settings)
        printed = look()[1]
        book = session.scalars(sa.select(Book)).one()
        pdf = (settings.files_dir / str(book.path)).read_bytes()
        assert hashlib.sha256(pdf).hexdigest() == book.digest
        with pikepdf.open(settings.files_dir / str(book.path)) as file:
            assert len(file.pages) == book.page_count
        kinds = session.execute(
            sa.select(AuditEvent.kind, sa.func.count())
            .where(AuditEvent.kind.in_(("packet.rendered", "book.ask", "book.made", "book.failed")))
            .group_by(AuditEvent.kind)
        )
        assert {row[0]: row[1] for row in kinds} == {"packet.rendered": printed, "book.ask": 1, "book.made": 1}
        assert find_break(session) is None
    engine.dispose()
