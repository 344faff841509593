"""A page's case is read as snapshots: all that the rows say, and nothing that could be changed."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import UnmappedInstanceError

from review.models import Case, Cycle, Person
from review.queries.standing import load_standing, lock_standing
from tests.factories import open_case_of, open_scene


@pytest.mark.both_databases
def test_a_case_that_is_looked_at_says_what_its_rows_say_and_cannot_be_changed(session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    case, actor = open_case_of(session, scene, "ben", "senior-pm", now), scene.actor("ben")
    number = case.id
    case.nomination_reason = "Not yet sent"
    seen = load_standing(session, number, actor, now=now)
    rows = (case, session.get_one(Cycle, case.cycle_id), session.get_one(Person, case.candidate_id))
    for snapshot, row in zip((seen.case, seen.cycle, seen.candidate), rows, strict=True):
        names = [each.key for each in sa.inspect(type(row)).column_attrs]
        assert {name: getattr(snapshot, name) for name in names} == {name: getattr(row, name) for name in names}
        with pytest.raises(AttributeError):
            snapshot.id = 0
        with pytest.raises(UnmappedInstanceError):
            session.add(snapshot)
    assert seen.case.nomination_reason == "Not yet sent"
    assert lock_standing(session, case.id, actor, now=now).case is session.get_one(Case, case.id)
