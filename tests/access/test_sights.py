"""What is read of many cases at once is, cell by cell of the grid, what each case alone grants."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Right, can
from review.domain.access_grid import GRID
from review.domain.errors import NotFound
from review.domain.phase import Phase
from review.models import Case, Conflict, Cycle, Employment
from review.queries.closeness import find_conflicts_of
from review.queries.parties import find_parties_and_conflicts
from review.queries.sights import COMMITTEE, load_sights
from review.queries.standing import load_standing
from tests.committee_room import Room, sealed_room
from tests.personas import CAST, LEFT

THINGS = sorted(GRID)
KEYS = [key for key in CAST if key not in LEFT]


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a case with its second rater on the committee, a conflict declared, and an HR partner who is out."""
    room = sealed_room(session, now)
    for key, kind in (("aya", "other"), ("hugo", "set_by_hr")):
        session.add(
            Conflict(
                case_id=room.case_id, person_id=room.scene.id(key), kind=kind, reason="x",
                declared_by_id=room.scene.id(key), declared_at=now,
            )
        )  # fmt: skip
    room.case.second_rater_id = room.scene.id("mika")
    session.commit()
    return room


def levels(session: Session, case: Case) -> dict[int, dict[str, str]]:
    return {case.cycle_id: session.get_one(Cycle, case.cycle_id).policy["conflicts"]}


@pytest.mark.both_databases
def test_many_at_once_grant_what_one_alone_grants(room: Room) -> None:
    session, case = room.session, room.case
    for phase in Phase:
        session.execute(sa.update(Case).where(Case.id == case.id).values(phase=str(phase)))
        session.expire_all()
        for key in KEYS:
            sight = load_sights(session, [case], levels(session, case), room.actor(key))[case.id]
            seen = {thing for thing in THINGS if sight.may_read(thing)}
            assert (key, seen) == (key, alone(room, key, phase))


def alone(room: Room, key: str, phase: Phase) -> set[str]:
    """Return what somebody reads of the case by their part in its committee's work, as its own page has it."""
    try:
        roles = load_standing(room.session, room.case_id, room.actor(key), now=room.now).roles & COMMITTEE
    except NotFound:
        return set()
    if not can(Right.READ, "case.existence", roles, phase):
        return set()
    return {thing for thing in THINGS if can(Right.READ, thing, roles, phase)}


def test_the_same_conflicts_are_found_for_many_as_for_one(room: Room) -> None:
    session, case = room.session, room.case
    room.session.add(
        Employment(
            person_id=case.candidate_id, manager_id=room.scene.id("omar"), title="", function="", level_id=None,
            from_on=date(2020, 1, 6), until_on=case.created_at.date(),
        )
    )  # fmt: skip
    session.commit()
    one = find_parties_and_conflicts(session, case)[1]
    assert find_conflicts_of(session, [case], levels(session, case))[case.id] == one
    assert "was_manager" in one[room.scene.id("omar")]


def test_who_gave_a_seat_up_sees_nothing_and_who_only_has_no_vote_reads_on(room: Room) -> None:
    session, case = room.session, room.case
    room.recuse("jonas")
    session.commit()
    sights = {
        key: load_sights(session, [case], levels(session, case), room.actor(key))[case.id].may_read("packet.sealed")
        for key in ("clara", "omar", "jonas", "mika", "aya", "hanna", "hugo", "greta")
    }
    assert sights == {
        "clara": True, "omar": True, "jonas": False, "mika": True, "aya": False,
        "hanna": True, "hugo": False, "greta": False,
    }  # fmt: skip
