"""Hosts are replaced one after the other under load: nobody notices, no save and no job is lost or done twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.upgrades import measure_upgrade
from review.adapters.job_slots import make_slot_locks
from review.cli.database import LOCK, is_prepared, migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine
from tests.conftest import make_settings

JOBS = 6
FAULTS = (
    "lost",
    "doubled",
    "errors_500",
    "told_503",
    "text_gone",
    "unanswered",
    "cut",
    "refused",
    "jobs_lost",
    "jobs_doubled",
    "breaks_in_trail",
)


@pytest.mark.both_databases
def test_nobody_notices_that_hosts_are_replaced(settings: Settings) -> None:
    settings = replace(settings, jobs=JobsMode.DBOS, web_workers=1)
    migrate_database(settings)
    found = measure_upgrade(settings, hosts=2, rounds=1, jobs=JOBS)
    assert {name: found[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert (found["stops"], found["jobs"]) == (2, 2 * JOBS)


@pytest.mark.both_databases
def test_a_worker_waits_for_tables_of_its_version_and_for_a_restore(
    settings: Settings, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert is_prepared(settings)
    engine = make_engine(settings)
    locks = make_slot_locks(engine, settings.var_dir / "slots")
    assert locks.hold(LOCK)
    assert not is_prepared(settings)
    locks.drop(LOCK)
    engine.dispose()
    for revision, is_enough in (("0001", False), ("9999", True)):
        session.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        session.commit()
        assert is_prepared(settings) is is_enough
    migrate_database(settings)
    assert capsys.readouterr().err == "The database is at a newer version's revision already.\n"
    assert session.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_who_looks_for_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert not is_prepared(make_settings(f"sqlite:///{tmp_path}/new.db", tmp_path))
    assert list(tmp_path.glob("*.db")) == []
