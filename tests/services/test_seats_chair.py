"""The deputy takes the chair where the chair cannot go on: what was done stays, the record says who led when."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import NotAllowed, NotFound, TransitionRefused
from review.models import AuditEvent, Case, Person, Seat
from review.services.audit import find_break
from review.services.conflicts import declare_conflict
from review.services.seats import set_present
from review.services.seats_chair import take_chair
from tests.committee_room import MEMBERS, Room, built_room, sealed_room
from tests.factories import open_scene
from tests.trail import detail_of


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    room = sealed_room(session, now)
    room.open_voting()
    for key in MEMBERS:
        room.vote(key)
    session.commit()
    return room


def take(room: Room, key: str, request_key: str | None = None) -> tuple[int, ...]:
    return take_chair(room.session, room.case_id, actor=room.actor(key), now=room.now, request_key=request_key)


def roles(room: Room) -> dict[str, str]:
    return {key: room.seat(key).role for key in ("clara", "omar", "mika")}


@pytest.mark.both_databases
def test_the_deputy_goes_on_where_the_chair_stopped(room: Room) -> None:
    present = list(room.case.present_ids)
    with pytest.raises(NotAllowed):
        room.fire("reveal_votes", "omar")
    room.session.rollback()
    assert take(room, "omar") == (room.case_id,)
    room.session.commit()
    assert roles(room) == {"clara": "deputy", "omar": "chair", "mika": "member"}
    assert room.case.present_ids == present
    with pytest.raises(NotAllowed):
        room.fire("reveal_votes", "clara")
    room.session.rollback()
    room.fire("reveal_votes", "omar")
    room.decide(key="omar")
    events = room.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "seat.take_chair")).all()
    assert [(each.actor_id, detail_of(room.session, each)) for each in events] == [
        (room.scene.id("omar"), {"from": room.scene.id("clara"), "to": room.scene.id("omar")})
    ]
    assert find_break(room.session) is None


def test_the_chair_takes_it_back_the_same_way(room: Room) -> None:
    take(room, "omar", "k1")
    assert take(room, "clara", "k2") == (room.case_id,)
    assert roles(room) == {"clara": "chair", "omar": "deputy", "mika": "member"}
    assert take(room, "omar", "k1") == ()
    assert roles(room) == {"clara": "chair", "omar": "deputy", "mika": "member"}


@pytest.mark.parametrize("key", ["clara", "mika", "jonas", "hanna"])
def test_nobody_but_the_deputy(room: Room, key: str) -> None:
    with pytest.raises(NotAllowed, match="Only the deputy takes the chair"):
        take(room, key)


@pytest.mark.parametrize("key", ["iris", "greta", "erin", "otto", "ines"])
def test_others_know_of_nothing(room: Room, key: str) -> None:
    with pytest.raises(NotFound):
        take(room, key)


def test_a_deputy_with_a_conflict_takes_nothing(room: Room) -> None:
    declare_conflict(room.session, room.case_id, "dispute", "In court.", actor=room.actor("omar"), now=room.now)
    with pytest.raises(NotFound):
        take(room, "omar")
    assert room.seat("clara").role == "chair"


def test_not_before_the_seal_and_not_after_the_decision(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    room.reveal()
    room.decide()
    with pytest.raises(TransitionRefused, match="does not meet on this case now"):
        take(room, "omar")


@pytest.mark.both_databases
def test_all_running_cases_of_the_session_go_along(session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    rooms = [built_room(session, scene, now, key=key, to_level=level) for key, level in (
        ("iris", "staff-pm"), ("ben", "senior-pm"), ("cora", "senior-pm"),
    )]  # fmt: skip
    for room in rooms:
        room.fire("seal", "hanna")
    iris, ben, cora = rooms
    declare_conflict(session, cora.case_id, "dispute", "In court.", actor=scene.actor("omar"), now=now)
    session.commit()
    assert take(ben, "omar") == (ben.case_id, iris.case_id)
    assert [roles(room)["clara"] for room in rooms] == ["deputy", "deputy", "chair"]
    seats = session.scalars(sa.select(Seat.case_id).where(Seat.role == "chair", Seat.person_id == scene.id("omar")))
    assert set(seats) == {iris.case_id, ben.case_id}


def test_where_the_chair_has_left_the_company(room: Room) -> None:
    room.session.get_one(Person, room.scene.id("clara")).is_active = False
    room.session.commit()
    take(room, "omar")
    set_present(room.session, room.case_id, {room.scene.id("omar")}, actor=room.actor("omar"), now=room.now)
    assert room.session.get_one(Case, room.case_id).present_ids == [room.scene.id("omar")]
