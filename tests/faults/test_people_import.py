"""A worker is killed while it takes a people file in: another one makes the changes that are left, each once."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.uploads import keep_upload
from review.config import Settings
from review.domain.access import SYSTEM
from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, PersonField, PersonRow, file_of
from review.domain.people_imports import Reading
from review.models import AuditEvent, PeopleImport, Person
from review.services.audit import find_break
from review.services.people import plan_import
from review.services.people_imports import ask_import, uploads_of
from tests.faults.processes import kill_halfway
from tests.personas import found_company

ROWS = 4_000


@pytest.mark.both_databases
def test_another_worker_goes_on_with_a_file(engine_session: Session, engine_settings: Settings, now: datetime) -> None:
    session, settings = engine_session, engine_settings
    hanna = found_company(session).actor("hanna")
    rows = [PersonRow(n, f"n{n}", f"New {n}", title="Analyst") for n in range(2, ROWS + 2)]
    lines = "".join(f"{row.external_id},{row.name},{row.title}\n" for row in rows)
    digest = keep_upload(uploads_of(session.get_bind().engine), f"external_id,name,title\n{lines}".encode(), now=now)
    seen = plan_import(session, file_of(rows, PersonField.TITLE), actor=SYSTEM, now=now, scope=Scope.PART)
    reading = Reading(digest, "people.csv", {}, DateOrder.NOT_SAID, Scope.PART)
    number = ask_import(session, reading, fingerprint=seen.fingerprint(), actor=hanna, now=now)
    session.commit()

    def look() -> tuple[str, int, int]:
        row = session.get_one(PeopleImport, number, populate_existing=True)
        found = row.state, row.done, row.total
        session.rollback()  # a look takes SQLite's lock for writing
        return found

    kill_halfway(settings, look, ROWS)
    assert look() == ("done", ROWS, ROWS)
    assert session.scalar(sa.select(sa.func.count()).where(Person.title == "Analyst")) == ROWS
    kinds = ("person.join", "people.import")
    counted = sa.select(AuditEvent.kind, sa.func.count()).where(AuditEvent.kind.in_(kinds)).group_by(AuditEvent.kind)
    assert dict(session.execute(counted).all()) == {"person.join": ROWS, "people.import": 1}
    assert find_break(session) is None
