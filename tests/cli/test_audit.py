"""`dualtrack audit` on a real database: whole, broken, cut, nothing; and the same events as on the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.audit import audit
from review.config import Settings
from review.models import AuditEvent, AuditHead
from review.queries.audit import walk_events
from tests.after_decision import decided_room
from tests.committee_room import Room
from tests.conftest import environment

Run = Callable[..., Result]


@pytest.fixture
def run(session: Session, settings: Settings) -> Run:
    """Return a function that runs the command in this test's installation, the test's own transaction ended."""

    def invoke(*arguments: object) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(audit, [str(each) for each in arguments])

    return invoke


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return decided_room(session, now)


def test_nothing_is_neither_whole_nor_broken(run: Run) -> None:
    told = run("verify")
    assert (told.exit_code, told.output) == (3, "There is nothing to verify.\n")
    assert run("anchor").exit_code == 3


@pytest.mark.both_databases
def test_whole_cut_and_broken(run: Run, session: Session, room: Room, tmp_path: Path) -> None:
    kept = tmp_path / "anchor.json"
    kept.write_text(run("anchor").output)
    end = json.loads(kept.read_text())["seq"]
    told = run("verify", "--anchor", kept)
    assert (told.exit_code, told.output) == (0, f"Whole: {end} events.\n")
    mac = session.scalars(sa.select(AuditEvent.mac).where(AuditEvent.seq == end - 1)).one()
    session.execute(sa.delete(AuditEvent).where(AuditEvent.seq == end))
    session.execute(sa.update(AuditHead).values(seq=end - 1, mac=mac))
    assert run("verify").exit_code == 0
    told = run("verify", "--anchor", kept)
    assert (told.exit_code, told.output) == (2, f"Cut: {end - 1} events are left, the anchor knows {end}.\n")
    session.execute(sa.update(AuditEvent).where(AuditEvent.seq == 2).values(kind="case.look"))
    told = run("verify", "--json")
    assert (told.exit_code, json.loads(told.output)) == (1, {"status": 1, "seq": 1, "broken_at": 2, "erased": 0})
    kept.write_text("{}")
    assert run("verify", "--anchor", kept).exit_code == 2
    assert "This is no anchor" in run("verify", "--anchor", kept).output


def test_the_file_is_what_the_auditor_reads(run: Run, session: Session, room: Room, tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    assert run("export", "--for", "Abel Stone", "--out", path).exit_code == 0
    found = [json.loads(line) for line in path.read_text().splitlines()]
    rows = [row for piece in walk_events(session, room.actor("abel")) for row in piece]
    assert [(each["seq"], each["kind"], each["who"], each["mac"]) for each in found] == [
        (row.seq, row.kind, row.actor, row.mac) for row in rows
    ]
    assert [each["detail"] for each in found] == [row.detail and row.detail.value for row in rows]
    assert (found[-1]["kind"], found[-1]["who"]) == ("trail.export", "")
    assert found[-1]["detail"] == {"format": "jsonl", "person": room.scene.id("abel")}


def test_a_file_is_for_an_auditor_alone(run: Run, room: Room) -> None:
    told = run("export", "--for", "Hanna Ruiz")
    assert (told.exit_code, "nobody with the role auditor is called Hanna Ruiz" in told.output) == (2, True)
    assert room.case_id
