"""A case that has been decided, and what comes after it: letters, release, in a line each."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.calibration import ChangeDraft
from review.domain.gaps import GapDraft
from review.models import Letter
from review.queries.decisions import list_sentences
from review.queries.letters import find_letter
from review.queries.rating_changes import find_criterion, load_case_view
from review.queries.standing import load_standing
from review.services.decisions import add_gap
from review.services.letters import draft_letter, mark_ready
from review.services.ratings_change import change_rating
from review.services.releases import approve_release, prepare_release
from review.services.sign_ins import open_sign_in
from review.services.transitions import fire
from review.web import guards
from tests.committee_room import Room, built_room, sealed_room, second_committee
from tests.kept import kept

CANARY = "Zebra-striped reasons"
MISSING = "Plans shared with a second partner"
SEEN = "Two launches with one partner"


@kept
def decided_room(
    session: Session, now: datetime, action: str = "decide_promote", *, key: str = "iris", to_level: str = "staff-pm"
) -> Room:
    """Take a case up to a recorded decision whose reasons hold the canary; "not yet" names a gap."""
    room = sealed_room(session, now, key=key, to_level=to_level)
    decide(room, action)
    return room


@kept
def another_decided(room: Room, key: str, to_level: str, action: str) -> Room:
    """Take another case of the same scene up to its decision."""
    other = built_room(room.session, room.scene, room.now, key=key, to_level=to_level)
    other.fire("seal", "hanna")
    decide(other, action)
    return other


def decide(room: Room, action: str) -> None:
    """Vote, reveal, name a gap where one is needed, decide."""
    room.reveal()
    conclude(room, action)


def conclude(room: Room, action: str) -> None:
    """Name a gap where one is needed, and decide on votes that were revealed."""
    if action == "decide_not_yet":
        name_gap(room)
    note = "Back in spring." if action == "decide_defer" else ""
    room.fire(action, "clara", note, rationale=CANARY)
    room.session.commit()


def change(room: Room, criterion: str, value: int, code: str = "weaker") -> None:
    """Let the chair change a rating, with the first sentence of the ladder, E1 and a reason that names it."""
    standing = load_standing(room.session, room.case_id, room.actor("clara"), now=room.now)
    seen = find_criterion(load_case_view(room.session, standing), criterion)
    why = f"Only one of three is theirs: {criterion}."
    draft = ChangeDraft(value, False, code, seen.sentences[0], why, (room.evidence(),), len(seen.changes))
    change_rating(room.session, room.case_id, criterion, draft, actor=room.actor("clara"), now=room.now)
    room.session.commit()


def name_gap(room: Room, chair: str = "clara") -> int:
    """Let the chair name a gap with the first sentence of the second criterion; return its number."""
    standing = load_standing(room.session, room.case_id, room.actor(chair), now=room.now)
    criterion = list_sentences(standing)[1]
    draft = GapDraft(criterion.id, criterion.sentences[0][1], SEEN, MISSING, date(2027, 6, 30), "Run a joint roadmap")
    gap = add_gap(room.session, room.case_id, draft, actor=room.actor(chair), now=room.now)
    assert gap is not None
    return gap.id


def letter_of(room: Room) -> Letter:
    """Return the letter of the case, the newest where one has gone out before."""
    letters = sa.select(Letter).where(Letter.case_id == room.case_id).order_by(Letter.id.desc())
    return room.session.scalars(letters.limit(1).execution_options(populate_existing=True)).one()


def make_ready(room: Room, key: str = "hanna") -> Letter:
    """Draft the letter and mark it as ready."""
    actor = room.actor(key)
    before = find_letter(room.session, room.case_id)
    version = before.version if before else 0
    letter = draft_letter(room.session, room.case_id, version=version, actor=actor, now=room.now)
    return mark_ready(room.session, room.case_id, version=letter.version, actor=actor, now=room.now)


def release(*rooms: Room) -> None:
    """Prepare a batch as Hanna, approve it as Hugo."""
    room = rooms[0]
    cycle_id = room.scene.cycle_id
    ids = [each.case_id for each in rooms]
    batch = prepare_release(room.session, cycle_id, ids, actor=room.actor("hanna"), now=room.now)
    assert batch is not None
    approve_release(room.session, cycle_id, batch.id, actor=room.actor("hugo"), now=room.now)
    room.session.commit()


@kept
def announced_room(session: Session, now: datetime, action: str = "decide_not_yet", **more: str) -> Room:
    """Take a case through decision, letter and release."""
    room = decided_room(session, now, action, **more)
    make_ready(room)
    release(room)
    return room


def come_in(client: FlaskClient, room: Room, key: str) -> FlaskClient:
    """Sign one of the cast in at this client."""
    token = open_sign_in(room.session, room.scene.id(key), now=room.now)
    room.session.commit()
    with client.session_transaction() as cookie:
        cookie[guards.TOKEN], cookie[guards.SEEN] = token, int(room.now.timestamp())
    return client


@kept
def granted_room(session: Session, now: datetime) -> Room:
    """Take a case to "not yet", through an appeal that is granted, and before the committee of Pavel."""
    room = announced_room(session, now)
    appeal_granted(room)
    return room


@kept
def decided_anew_room(session: Session, now: datetime) -> Room:
    """Take such a case to the second decision: promoted."""
    room = granted_room(session, now)
    vote_anew(room)
    room.fire("decide_promote", "pavel", rationale="Read again, and it is there.")
    session.commit()
    return room


def appeal_granted(room: Room) -> None:
    """Let the candidate appeal, and the panel give the case to the committee of Pavel."""
    session, case_id = room.session, room.case_id
    second_committee(session, room.scene, "pavel", "ravi", "sam", "tomas", "otto")
    told = {"ground": "evidence", "body": "E3 was not in the packet that was read."}
    fire(session, case_id, "appeal", actor=room.actor("iris"), now=room.now, form=told)
    fire(session, case_id, "grant_appeal", actor=room.actor("petra"), now=room.now, note="Read E3.")
    session.commit()


def vote_anew(room: Room) -> None:
    """Let the committee of Pavel read, vote and see its votes."""
    room.render()
    fresh = [key for key, state in room.states().items() if state == "seated"]
    room.read(*fresh)
    room.fire("open_voting", "pavel")
    room.be_present(*fresh, chair="pavel")
    for key in fresh:
        room.vote(key)
    room.fire("reveal_votes", "pavel")
