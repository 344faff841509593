"""A backup under eight writers, restored elsewhere, is one moment; what is not is found."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.fault_backups import WRONG, check_writer, measure_backups
from bench.fault_ground import Ground
from bench.fault_saves import Writer
from bench.voters import Browser
from review.domain.access import SYSTEM
from review.models import Person
from review.services import audit
from tests.factories import open_case_of, open_scene

KIND, BEGAN, ENDED = "test.save", 3, 5
"""What somebody saves, and how many saves they had been told of when a backup began and when it had ended."""


@pytest.mark.both_databases
def test_a_backup_under_writers_is_one_moment_and_safe_elsewhere(database_kind: str, tmp_path: Path) -> None:
    url = "" if database_kind == "sqlite" else database_kind
    figures = measure_backups(Ground(tmp_path, is_quick=True, database_url=url))
    expected = {"backups": 1, "backups_waiting": 2, "backups_opened_before": 2}
    expected |= {f"backups_{name}": 0 for name in WRONG}
    assert {name: figures[name] for name in expected} == expected
    assert min(figures["backups_acknowledged"], figures["backups_files"]) > 0


@pytest.mark.parametrize(
    ("stored", "events", "found"),
    [
        (2, 3, {"lost": 0, "doubled": 0, "half": 0}),  # as it was when the backup began
        (5, 6, {"lost": 0, "doubled": 0, "half": 0}),  # with the save that was on its way when it had ended
        (1, 2, {"lost": 1, "doubled": 0, "half": 0}),
        (3, 3, {"lost": 0, "doubled": 0, "half": 1}),
        (6, 7, {"lost": 0, "doubled": 1, "half": 0}),
    ],
)
def test_what_is_not_of_one_moment_is_found(
    session: Session, now: datetime, stored: int, events: int, found: dict[str, int]
) -> None:
    case = open_case_of(session, open_scene(session, now), "ben", "senior-pm", now)
    session.add(Person(external_id="kept", name=f"{KIND} {case.id} {stored}: Written."))
    for _ in range(events):
        audit.record(session, KIND, actor=SYSTEM, now=now, case_id=case.id)
    session.commit()
    kept = sa.select(Person.name).where(Person.external_id == "kept")
    writer = Writer(KIND, case.id, "", ("", {}), kept, Browser(0, {}))
    assert dict(check_writer(session, writer, BEGAN, ENDED)) == found
