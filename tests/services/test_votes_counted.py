"""Which votes count, and that case, agenda and calibration grid count the same ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.ballot import Overall
from review.models import Case, Conflict, Feedback, Seat, Vote
from review.queries.agenda import load_agenda
from review.queries.calibration import load_committee_grid
from review.queries.standing import load_standing
from review.queries.votes import load_counted_votes, load_result
from review.services.people import deactivate
from tests.committee_room import MEMBERS, Room, sealed_room

Change = Callable[[Room], None]
KEY = "mika"
STAYING = len(MEMBERS) - 1


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a case on which all have voted and the votes are revealed."""
    room = sealed_room(session, now)
    room.reveal()
    session.commit()
    return room


def nothing(_room: Room) -> None:
    """Leave the vote as it was cast."""


def seat_is(state: str) -> Change:
    def change(room: Room) -> None:
        room.session.execute(sa.update(Seat).where(Seat.person_id == room.scene.id(KEY)).values(state=state))

    change.__name__ = f"seat_{state}"
    return change


def unopened(room: Room) -> None:
    room.session.execute(sa.update(Seat).where(Seat.person_id == room.scene.id(KEY)).values(opened_at=None))


def outside(room: Room) -> None:
    present = [each for each in room.case.present_ids if each != room.scene.id(KEY)]
    room.session.execute(sa.update(Case).where(Case.id == room.case_id).values(present_ids=present))


def vote_is(**values: object) -> Change:
    def change(room: Room) -> None:
        room.session.execute(sa.update(Vote).where(Vote.person_id == room.scene.id(KEY)).values(**values))

    change.__name__ = "_".join(["vote", *values])
    return change


def conflicted(room: Room) -> None:
    mika = room.scene.id(KEY)
    said = {"declared_by_id": mika, "declared_at": room.now}
    room.session.add(Conflict(case_id=room.case_id, person_id=mika, kind="other", reason="x", **said))


def gave_feedback(room: Room) -> None:
    row = {"function": "Data", "state": "submitted", "entered_at": room.now, "submitted_at": room.now, "shown_in": 1}
    room.session.add(Feedback(case_id=room.case_id, giver_id=room.scene.id(KEY), **row))


def second_rater(room: Room) -> None:
    room.session.execute(sa.update(Case).where(Case.id == room.case_id).values(second_rater_id=room.scene.id(KEY)))


COUNTS: list[tuple[Change, bool]] = [
    (nothing, True),
    (seat_is("seated"), True),
    (seat_is("read"), True),
    (seat_is("closed"), True),
    (seat_is("absent"), False),
    (seat_is("recused"), False),
    (seat_is("replaced"), False),
    (unopened, False),
    (outside, False),
    (vote_is(cast_at=None), False),
    (vote_is(voided_at=datetime.fromisoformat("2026-11-16T09:00:00+00:00")), False),
    (conflicted, False),
    (gave_feedback, False),
    (second_rater, False),
]


@pytest.mark.both_databases
@pytest.mark.parametrize(("change", "is_counted"), COUNTS, ids=[change.__name__ for change, _ in COUNTS])
def test_a_vote_counts_everywhere_or_nowhere(room: Room, change: Change, is_counted: bool) -> None:
    change(room)
    room.session.commit()
    room.session.expire_all()
    expected = STAYING + is_counted
    session, case_id, actor = room.session, room.case_id, room.actor("omar")
    standing = load_standing(session, case_id, actor, now=room.now)
    result = load_result(session, standing)
    assert result is not None
    counted, _ = load_counted_votes(session, standing)
    row = next(each for each in load_committee_grid(session, room.scene.committee_id, actor).rows)
    agreed = load_agenda(session, room.scene.committee_id, actor).agreed[case_id]
    assert (room.scene.id(KEY) in {vote.person_id for vote in counted}) == is_counted
    assert {
        "decision": len(counted),
        "check": standing.facts.votes_counted,
        "session": result.tally.split[Overall.PROMOTE],
        "grid": row.split["promote"],
        "agenda": agreed.votes,
    } == dict.fromkeys(("decision", "check", "session", "grid", "agenda"), expected)
    for criterion in result.criteria:
        votes = row.cells[criterion.id].votes
        assert votes is not None
        assert (votes.counts, sum(votes.counts.values())) == (criterion.tally.counts, expected)


def test_no_vote_is_opened_that_too_few_are_left_to_cast(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    found = []
    for key in ("mika", "jonas", "aya"):
        deactivate(session, room.scene.id(key), actor=room.actor("ines"), now=now)
        option = load_standing(session, room.case_id, room.actor("clara"), now=now).option("open_voting")
        assert option is not None
        [told] = [each for each in option.conditions if "can vote" in str(each.text)]
        found.append((str(told.text), told.is_met))
    few = "members can vote; 3 are needed"
    assert found == [(f"4 {few}", True), (f"3 {few}", True), (f"2 {few}", False)]
