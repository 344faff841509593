"""Whether a database is at this version is told as the migrations themselves would tell it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from review.adapters.revisions import JOB_SCHEMA, JOB_TABLES, has_everything
from review.cli.database import migrate_database
from review.config import Settings
from review.extensions import make_engine
from tests.conftest import make_settings


@pytest.mark.both_databases
def test_a_database_has_everything_once_everything_in_it_is(settings: Settings) -> None:
    engine = make_engine(settings)
    assert not has_everything(engine), "the job engine's tables are not there yet"
    migrate_database(settings)
    assert has_everything(engine), "JOB_TABLES names the migrations of the job engine that is pinned"
    at = f"{JOB_SCHEMA}." if engine.dialect.name == "postgresql" else ""
    for table in JOB_TABLES:
        with engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE {at}{table} SET version = version - 1"))
        assert not has_everything(engine)
        with engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE {at}{table} SET version = version + 1"))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert not has_everything(engine)
    engine.dispose()


def test_an_empty_file_is_not_current_and_is_made_so(tmp_path: Path) -> None:
    settings = make_settings(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path)
    engine = make_engine(settings)
    assert not has_everything(engine)
    migrate_database(settings)
    assert has_everything(engine)
    engine.dispose()
