"""A host is cut off from the database: no save is lost, it says so and comes back by itself.

Each host is a network namespace; who may not make any sees this test fail with the reason.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.host_losses import measure_lost_database


@pytest.mark.usefixtures("socket_enabled")
def test_a_web_server_that_loses_the_database_says_so_and_comes_back(tmp_path: Path) -> None:
    found = measure_lost_database(tmp_path)
    faults = ("lost", "doubled", "errors_500", "text_gone", "unanswered", "breaks_in_trail")
    assert {name: found[name] for name in faults} == dict.fromkeys(faults, 0)
