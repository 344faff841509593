"""Hosts vanish, are cut off and come back: every job takes effect once, no save is lost, all comes back by itself.

Each host is a network namespace; who may not make any sees these tests fail with the reason.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.host_losses import A_WORKER, measure_lost_database, measure_lost_workers

LATER = 4


def test_what_a_lost_host_had_is_done_once_elsewhere(tmp_path: Path) -> None:
    found = measure_lost_workers(tmp_path, later_jobs=LATER)
    assert {name: found[name] for name in ("jobs_lost", "jobs_doubled")} == {"jobs_lost": 0, "jobs_doubled": 0}
    assert (found["taken_over"], found["fenced"], found["jobs"]) == (2 * A_WORKER, A_WORKER, 3 * A_WORKER + LATER)


@pytest.mark.usefixtures("socket_enabled")
def test_a_web_server_that_loses_the_database_says_so_and_comes_back(tmp_path: Path) -> None:
    found = measure_lost_database(tmp_path)
    faults = ("lost", "doubled", "errors_500", "text_gone", "unanswered", "breaks_in_trail")
    assert {name: found[name] for name in faults} == dict.fromkeys(faults, 0)
