"""The chain of before, whose seals covered details, becomes one that outlives them, and back; on both databases."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.access import SYSTEM
from review.extensions import add_migrations
from review.models import AuditEvent
from review.queries.event_details import DetailState, read_details
from review.services import audit
from review.services.person_keys import erase_key
from tests.personas import Company, found_company

pytestmark = pytest.mark.both_databases
BEFORE = "0019"
COUNT = 1_003
"""One more than fits into a piece, and a few."""
OLD = sa.table(
    "audit_event",
    *(sa.column(name, sa.Integer) for name in ("seq", "actor_id", "on_behalf_of_id", "case_id", "subject_id")),
    *(sa.column(name, sa.Text) for name in ("kind", "subject_type", "mac")),
    sa.column("at", sa.DateTime),
    sa.column("detail", sa.JSON),
)


@pytest.fixture
def cast(app: Flask, session: Session, now: datetime) -> Company:
    """A company with a trail, as it was before; the key of one person is erased."""
    cast = found_company(session)
    hanna = cast.actor("hanna")
    entries = [
        audit.Entry("role.grant", None, "person", cast.id("otto"), {"role": "hr"}),
        *(audit.Entry("cycle.look", detail={"n": number, "name": "Zoë"}) for number in range(2, COUNT + 1)),
    ]
    audit.record_all(session, entries, actor=hanna, now=now)
    audit.record(session, "installation.backup", actor=SYSTEM, now=now, detail={"backup": "b"})
    erase_key(session, cast.id("otto"))
    session.commit()
    add_migrations(app)
    with app.app_context():
        downgrade(revision=BEFORE)
    return cast


def go_up(app: Flask) -> None:
    with app.app_context():
        upgrade()


def sealed_before(row: Any, previous: str, key: str) -> str:
    """Return the seal that an event had before, over its detail."""
    at = row.at.replace(tzinfo=UTC).isoformat()
    content = [row.seq, previous, at, row.kind, row.actor_id, row.on_behalf_of_id, row.case_id, row.subject_type]
    words = json.dumps(
        [*content, row.subject_id, row.detail], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hmac.new(key.encode(), words.encode(), hashlib.sha256).hexdigest()


def test_every_event_is_sealed_anew_and_tells_the_same(
    app: Flask, session: Session, settings: Settings, cast: Company
) -> None:
    rows = session.execute(sa.select(OLD).order_by(OLD.c.seq)).all()
    seals = ["0" * 64, *(row.mac for row in rows)]
    assert seals[1:] == [sealed_before(row, seals[row.seq - 1], settings.audit_key) for row in rows]
    assert [row.detail for row in rows] == [
        {}, *({"n": number, "name": "Zoë"} for number in range(2, COUNT + 1)), {"backup": "b"},
    ]  # fmt: skip
    session.commit()
    go_up(app)
    assert audit.find_break(session) is None
    details = read_details(session)
    assert {each.state for each in details} == {DetailState.OPEN}
    assert [each.value for each in details[:-1]] == [row.detail for row in rows]
    last = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert (last.kind, details[-1].value) == (
        "trail.resealed", {"seq": COUNT + 1, "mac": seals[-1], "broken_at": None},
    )  # fmt: skip
    owners = session.scalars(sa.select(AuditEvent.key_person_id).distinct()).all()
    assert set(owners) == {cast.id("hanna"), None} | {cast.id("otto")}


def test_a_break_of_before_stays_one(app: Flask, session: Session, cast: Company) -> None:
    assert cast.ids
    session.execute(OLD.update().where(OLD.c.seq == 7).values(detail={"n": 0}))
    session.commit()
    go_up(app)
    assert audit.find_break(session) == 7
    assert read_details(session)[-1].value["broken_at"] == 7
