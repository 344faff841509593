"""A committee of seven and its twenty-three cases as a session begins, and what the record holds at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import AuditEvent, CommitteeMember, Person
from review.services.conflicts import declare_conflict
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.committee_room import Room, built_room
from tests.factories import Scene, open_scene
from tests.personas import Company
from tests.trail import detail_of

SEVEN = ("clara", "omar", "mika", "jonas", "aya", "sam", "otto")
"""The chair, the deputy and five members."""
CASES = 23
NAMES = (
    "Ada", "Bela", "Cleo", "Dana", "Elio", "Fay", "Gil", "Hope", "Ivo", "Jade", "Kim", "Lou",
    "Max", "Nell", "Ole", "Pia", "Quinn", "Rae", "Sol", "Tess", "Uma", "Vic", "Wes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LargeCompany(Company):
    """The cast and twenty-three candidates more."""

    names: Mapping[str, str]

    def actor(self, key: str) -> Actor:
        """Return a person as who acts."""
        if key in self.names:
            return Actor(self.ids[key], self.names[key], frozenset())
        return Company.actor(self, key)


def open_large_scene(session: Session, now: datetime) -> Scene:
    """Open the cast's cycle with two members and twenty-three candidates more."""
    scene = open_scene(session, now)
    for key in SEVEN[5:]:
        session.add(CommitteeMember(committee_id=scene.committee_id, person_id=scene.id(key), role="member"))
    rows = {
        name.lower(): Person(
            external_id=name.lower(),
            name=f"{name} Kern",
            email=f"{name.lower()}@company.example",
            function="Product",
            title="PM",
            level_id="pm-2",
            level_since_on=now.date().replace(year=2023),
            manager_id=scene.id("greta"),
        )
        for name in NAMES
    }
    session.add_all(rows.values())
    session.flush()
    ids = scene.company.ids | {key: row.id for key, row in rows.items()}
    company = LargeCompany(ids, {key: row.name for key, row in rows.items()})
    return Scene(company, scene.cycle_id, scene.committee_id)


def reveal_all(session: Session, now: datetime) -> dict[str, Room]:
    """Let the seven vote on every case and the chair reveal: four agree, one waits for its gaps, others are talked of.

    Jonas is out of Gil's case, on which the votes lie furthest apart.
    """
    scene = open_large_scene(session, now)
    rooms = {}
    for key in (name.lower() for name in NAMES):
        room = rooms[key] = built_room(session, scene, now, key=key, to_level="senior-pm")
        room.fire("seal", "hanna")
        if key == "gil":
            declare_conflict(session, room.case_id, "other", "A cousin.", actor=room.actor("jonas"), now=now)
        room.reveal(votes_on(key))
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()
    return rooms


def votes_on(key: str) -> dict[str, str]:
    """Return what everybody votes on a case in the first round."""
    votes = dict.fromkeys(SEVEN, "promote")
    if key in ("ada", "bela", "cleo", "dana"):
        return votes
    if key == "elio":
        return dict.fromkeys(SEVEN, "not_yet")
    if key == "gil":
        return {each: vote for each, vote in votes.items() if each != "jonas"} | dict.fromkeys(SEVEN[5:], "not_yet")
    return votes | {"otto": "not_yet"}


def list_trail(session: Session, rooms: dict[str, Room], start: int) -> list[tuple[str, str, str]]:
    """Return what the record holds of the session, in its order: what, who, on which case; drafts left out."""
    names = {number: key for key, number in rooms["gil"].scene.company.ids.items()}
    cases = {room.case_id: key for key, room in rooms.items()}
    events = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.seq > start, AuditEvent.kind != "vote.draft").order_by(AuditEvent.seq)
    )
    return [
        (
            " ".join(filter(None, (event.kind, detail_of(session, event).get("criterion")))),
            names.get(event.actor_id or 0, ""),
            cases.get(event.case_id or 0, ""),
        )
        for event in events
    ]


def expect_trail() -> list[tuple[str, str, str]]:
    """Return what the record must hold of this session."""
    after_fay = sorted({name.lower() for name in NAMES} - {"ada", "bela", "cleo", "gil", "fay"})
    second = ("clara", "omar", "mika", "sam", "otto")
    return [
        ("agenda.pull", "mika", "dana"),
        *(event for key in ("ada", "bela", "cleo") for event in decided(key, seats=7)),
        ("agenda.confirm", "clara", ""),
        ("agenda.now", "clara", "gil"),
        ("agenda.now leadership", "clara", "gil"),
        ("agenda.now accountability", "clara", "gil"),
        ("seat.recuse", "aya", "gil"),
        ("conflict.declare", "aya", "gil"),
        ("rating.change leadership", "clara", "gil"),
        ("case.vote_again", "clara", "gil"),
        *[("seat.open_again", "", "gil")] * 5,
        *(("seat.cast", key, "gil") for key in second),
        ("case.reveal_votes", "clara", "gil"),
        *decided("gil", seats=5),
        ("agenda.now", "clara", "fay"),
        ("agenda.pause", "clara", "fay"),
        ("agenda.resume", "clara", "fay"),
        *(("seat.take_chair", "omar", key) for key in ("fay", *after_fay)),
        ("agenda.now", "omar", "hope"),
        ("agenda.now leadership", "omar", "hope"),
    ]


def decided(key: str, *, seats: int) -> list[tuple[str, str, str]]:
    """Return what the record holds of a decision: the move, the seats that are closed, and the decision."""
    closed = [("seat.close", "", key)] * seats
    return [("case.decide_promote", "clara", key), *closed, ("decision.record", "clara", key)]
