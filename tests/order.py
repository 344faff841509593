"""The order of the files of tests: what takes long begins first, and no worker waits at the end for another."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = frozenset({"access", "browser", "faults", "packet", "stories"})
LONGEST = frozenset(
    {
        "access/test_crossing_ic.py",
        "access/test_crossing_people.py",
        "browser/test_after_decision.py",
        "browser/test_feedback_survives.py",
        "browser/test_session_of_23.py",
        "faults/test_hosts.py",
        "faults/test_jobs.py",
        "faults/test_turns.py",
        "faults/test_upgrade.py",
        "faults/test_votes_under_fire.py",
        "packet/test_pdf.py",
        "stories/test_chasing_by_timers.py",
        "stories/test_demo.py",
        "stories/test_gaps_bind.py",
    }
)
"""Folders whose files take long, and the files that take longest: a worker goes through a file alone."""


def put_long_first(items: list[pytest.Item]) -> None:
    """Sort tests: those of the longest files, those of the long ones, all others, each as they stood."""
    items.sort(key=lambda item: (name_file(item.path) not in LONGEST, item.path.parent.name not in LONG))


def name_file(path: Path) -> str:
    """Return a file with its folder, as the longest are named."""
    return f"{path.parent.name}/{path.name}"
