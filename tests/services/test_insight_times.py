"""Days in each stage of a cycle, read from the record: whichever order a workflow's file has them in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from review.domain.insight.facts import Facts
from review.domain.insight.times import tell_times
from review.queries.closeness import CaseColumns
from review.queries.insight_times import read_stays
from tests.after_decision import decided_room, make_ready, release


@pytest.mark.both_databases
def test_stages_are_told_in_the_order_in_which_cases_go_through_them(session: Session, now: datetime) -> None:
    """The file of the management workflow has the executive's signature last."""
    room = decided_room(session, now, key="greta", to_level="director-pm")
    room.now = now + timedelta(days=2)
    room.fire("sign_off", "noor")
    make_ready(room)
    room.now += timedelta(days=3)
    release(room)
    case = CaseColumns(*(getattr(room.case, name) for name in CaseColumns._fields))
    stays, sealed = read_stays(session, room.scene.cycle_id, [case])
    days = {stay.stage: round(stay.days) for stay in stays}
    told = next(each for each in tell_times(Facts(least=1, stays=stays)).tables if each.key == "stages")
    assert [(str(line.name), days[str(line.name)]) for line in told.lines] == [
        ("Nominated", 0),
        ("Building the case", 0),
        ("Packet sealed, committee reads", 0),
        ("Independent votes", 0),
        ("Committee discusses", 0),
        ("Executive sign-off", 2),
        ("Decided, not yet announced", 3),
    ]
    assert sealed == {case.id}
