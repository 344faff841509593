"""Hosts are replaced one after the other under load: nobody notices, no save and no job is lost or done twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.upgrades import measure_upgrade
from review.cli.database import migrate_database
from review.config import JobsMode, Settings

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
