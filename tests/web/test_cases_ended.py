"""The page of a case that has ended before any answer: what it says of it, and what it asks for no more."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from review.models import Case
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, listed


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return open_case_of(session, scene, "iris", "staff-pm", now)


def test_who_is_not_eligible_reads_why_before_all_else(case: Case, door: Door) -> None:
    """What might be written and asked for in a running case is not spoken of any more."""
    reason = "The role changes tracks next month."
    form = {"action": "reject_nomination", "note": reason}
    assert door.enter("hanna").post(f"/cases/{case.id}/actions", data=form).status_code == 303
    page = door.enter("iris").get(f"/cases/{case.id}")
    assert listed(page, ".cols .stack > *")[0] == f"Not eligible {reason}"
    assert listed(page, "#c-leadership .muted") == [
        "You have not written on this.",
        "No evidence for this criterion.",
    ]
    assert listed(page, "[aria-labelledby=asked] p") == [
        "Nobody.",
        "Shown is who agreed to write, never who has finished.",
    ]
    assert [words for words in listed(door.enter("greta").get(f"/cases/{case.id}"), ".note") if reason in words] == []
