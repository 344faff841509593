"""What `bench scale` takes in is a file of everybody, in which as many have changed as it says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bench.scale_files import write_people_file
from review.adapters.spreadsheet import read_table
from review.domain.access import SYSTEM
from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, PersonField, read_people
from review.services.people import plan_import
from tests.factories import open_scene


def test_the_file_of_everybody_has_changes_and_no_faults(session: Session, now: datetime) -> None:
    open_scene(session, now)
    data = write_people_file(session)

    file = read_people(read_table(data, "people.csv"), {}, DateOrder.NOT_SAID)
    plan = plan_import(session, file, actor=SYSTEM, now=now, scope=Scope.FULL)

    assert plan.faults == ()
    assert plan.counts()["joins"] == 1
    assert len(plan.with_field(PersonField.TITLE)) == 3  # the third, the thirteenth and the twenty-third of 28
