"""No acknowledged word is lost while web processes, the worker and PostgreSQL are killed; a forged loss is found."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.fault_ground import Ground
from bench.fault_saves import Writer, check_saves, measure_saves
from bench.voters import Browser
from review.domain.access import SYSTEM
from review.models import Person
from review.services import audit
from tests.factories import open_case_of, open_scene

KILLS = 3


@pytest.mark.both_databases
def test_no_acknowledged_word_is_lost(database_kind: str, tmp_path: Path) -> None:
    url = "" if database_kind == "sqlite" else database_kind
    figures = measure_saves(Ground(tmp_path, is_quick=True, database_url=url), kills=KILLS)
    expected = {"kills": KILLS, "injected": KILLS, "lost": 0, "doubled": 0, "breaks_in_trail": 0, "writers": 8}
    assert {name: figures[name] for name in expected} == expected
    assert figures["acknowledged"] >= KILLS * 10  # type: ignore[operator]


@pytest.mark.parametrize(
    ("events", "stored", "found"),
    [
        (2, "second", {"lost": 0, "doubled": 0}),
        (1, "second", {"lost": 1, "doubled": 0}),
        (2, "first", {"lost": 1, "doubled": 0}),
        (3, "second", {"lost": 0, "doubled": 1}),
    ],
)
def test_what_is_lost_or_doubled_is_found(
    session: Session, now: datetime, events: int, stored: str, found: dict[str, int]
) -> None:
    case = open_case_of(session, open_scene(session, now), "ben", "senior-pm", now)
    session.add(Person(external_id="kept", name=stored))
    for _ in range(events):
        audit.record(session, "test.save", actor=SYSTEM, now=now, case_id=case.id)
    session.commit()
    kept = sa.select(Person.name).where(Person.external_id == "kept")
    writer = Writer("test.save", case.id, "", ("", {}), kept, Browser(0, {}), saved=["first", "second"])
    expected = {"writers": 1, "acknowledged": 2, "unknown": 0, "breaks_in_trail": 0, **found}
    assert check_saves(session, [writer]) == expected
