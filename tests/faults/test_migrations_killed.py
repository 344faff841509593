"""The newest revisions go down and up over filled tables without changing a row, and what is killed midway goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fault_ground import Ground
from bench.fault_migrations import WALKED, measure_migrations
from tests.postgres import PostgresServer


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_revisions_change_no_row_that_stays(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = ""
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.create_database())
    assert measure_migrations(Ground(tmp_path, is_quick=True, database_url=url)) == {
        "migrations_tried": WALKED[True],
        "migrations_wrong": 0,
        "migrations_killed": 2,
        "migrations_not_resumed": 0,
        "migrations_tables_empty": 0,
    }
