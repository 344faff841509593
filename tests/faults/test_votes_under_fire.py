"""Votes, tally and decision hold while thirty vote at once, the chair reveals and processes are killed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.fault_checks import Round, check_round, read_votes
from bench.fault_votes import PEOPLE, measure_votes
from bench.voters import CAST, SAVED, TAKEN_BACK, Ballot, Browser, Step, Voter
from review.models import AuditEvent, Decision, RequestKey, Vote, VoteLine
from review.services import audit
from review.services.votes import cast_vote, change_vote
from tests.committee_room import MEMBERS, Room, sealed_room

ROUNDS = 2
FAULTS = (
    "lost",
    "doubled",
    "overwrites",
    "interleavings",
    "chain_breaks",
    "tally_differences",
    "decision_differences",
    "left_behind",
)
VOTES = dict(zip(MEMBERS, ("promote", "not_yet", "defer", "promote", "promote"), strict=True))
VALUES = (4, 4, 4, 4)


@pytest.mark.both_databases
def test_no_vote_is_lost_doubled_or_changed_after_the_reveal(database_url: str, tmp_path: Path) -> None:
    figures = measure_votes(tmp_path, rounds=ROUNDS, database_url=database_url)
    assert {name: figures[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert (figures["rounds"], figures["kills"]) == (ROUNDS, ROUNDS)
    assert figures["acknowledged"] + figures["refused"] >= ROUNDS * PEOPLE


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


@pytest.fixture
def done(room: Room) -> Round:
    """Return a round of five: one of them votes anew, one is too late with it, one is not in the room."""
    room.open_voting(*MEMBERS[:4])
    steps = {key: cast(room, key, overall) for key, overall in VOTES.items()}
    change_vote(room.session, room.case_id, actor=room.actor("mika"), now=room.now)
    steps["mika"] += [pressed(TAKEN_BACK, Ballot("defer", VALUES)), *cast(room, "mika", "promote", version=3)]
    room.fire("reveal_votes", "clara")
    steps["aya"].append(Step(TAKEN_BACK, Ballot("promote", VALUES), "late", is_done=False, is_doubtful=False))
    revealed = read_votes(room.session, room.case_id)
    room.fire("decide_promote", "clara", rationale="It holds.")
    room.session.commit()
    ids = {key: room.scene.id(key) for key in MEMBERS}
    voters = [Voter(ids[key], Browser(0, {}), room.case_id, "", 1, Random(0), steps[key]) for key in MEMBERS]
    present = frozenset(ids[key] for key in MEMBERS[:4])
    return Round(room.case_id, room.actor("clara"), voters, present, revealed)


def cast(room: Room, key: str, overall: str, version: int = 0) -> list[Step]:
    """Save a ballot and cast it; return the two presses."""
    ballot = Ballot(overall, VALUES)
    room.save(key, room.draft(overall, VALUES, ballot.words), version)
    cast_vote(room.session, room.case_id, actor=room.actor(key), now=room.now)
    return [pressed(SAVED, ballot), pressed(CAST, ballot)]


def pressed(kind: str, ballot: Ballot) -> Step:
    return Step(kind, ballot, "", is_done=True, is_doubtful=False)


def test_a_round_that_holds_has_no_fault(session: Session, done: Round) -> None:
    found = check_round(session, done)
    assert {name: found[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert (found["acknowledged"], found["refused"]) == (13, 1)


def overwrite_an_answer(session: Session, room: Room) -> None:
    session.execute(sa.update(Vote).where(Vote.person_id == room.scene.id("omar")).values(overall="promote"))


def overwrite_a_rating(session: Session, room: Room) -> None:
    mine = sa.select(Vote.id).where(Vote.person_id == room.scene.id("clara"))
    session.execute(sa.update(VoteLine).where(VoteLine.vote_id.in_(mine)).values(value=1))


def vote_late(session: Session, room: Room) -> None:
    audit.record(session, SAVED, actor=room.actor("mika"), now=room.now, case_id=room.case_id)


def forget_a_vote(session: Session, room: Room) -> None:
    event = sa.select(sa.func.max(AuditEvent.seq)).where(AuditEvent.kind == CAST)
    session.execute(sa.delete(AuditEvent).where(AuditEvent.seq == session.scalar(event)))


def decide_twice(session: Session, room: Room) -> None:
    recorded = {"recorded_by_id": room.scene.id("clara"), "recorded_at": room.now}
    session.add(Decision(case_id=room.case_id, outcome="defer", rationale="", **recorded))


def keep_a_key(session: Session, room: Room) -> None:
    session.add(RequestKey(key="late", person_id=room.scene.id("aya"), at=room.now))


@pytest.mark.parametrize(
    ("tamper", "faults"),
    [
        (overwrite_an_answer, {"overwrites", "decision_differences"}),
        (overwrite_a_rating, {"overwrites"}),
        (vote_late, {"interleavings", "doubled"}),
        (forget_a_vote, {"lost", "chain_breaks"}),
        (decide_twice, {"decision_differences"}),
        (keep_a_key, {"left_behind"}),
    ],
)
def test_what_does_not_hold_is_found(
    session: Session, room: Room, done: Round, tamper: Callable[[Session, Room], None], faults: set[str]
) -> None:
    tamper(session, room)
    session.commit()
    found = check_round(session, done)
    assert {name for name in FAULTS if found[name]} == faults
