"""The report of a rehearsal, to print: two faults, sixty cases on long stages, signed off."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from review.domain.rehearsal_sheet import RehearsalSheet
from review.queries.rehearsals import RehearsalRow
from review.rehearsal.place import Place
from review.rehearsal.sheet import compose_sheet

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
KEPT = {
    "is_over": True,
    "faults": ["Committee B has 2 members; the quorum is 3", "Nobody holds the role Appeals panel"],
    "notes": ["Not tried: an appeal that is granted"],
    "cases": [[f"2027A-{number:03}", "not-yet", "Not yet, growth plan agreed", "not_yet"] for number in range(60)],
    "mails": [["answer_request", 44], ["please_read", 88]],
    "timers": [["notify packet_reminder", 10]],
    "stages": [["draft", 60, 4.0], ["closed", 12, None]],
    "walked": [["Ladder", "Product management 2026.1", "a" * 64], ["Workflow", "Promotion 3", "b" * 64]],
    "looked": 31,
}


def rehearsal_sheet() -> RehearsalSheet:
    """Return the report, said in English."""
    row = RehearsalRow(
        id=1,
        cycle_id=1,
        cycle="Spring 2027",
        zone="Europe/Berlin",
        state="ready",
        digest="c" * 64,
        started_by="Hanna Ruiz",
        started_at=AT,
        looked=frozenset(),
        report=KEPT,
        signed_by="Hugo Brandt",
        signed_at=AT,
    )
    return compose_sheet(row, Place(Path("/nowhere")), "Lindqvist")
