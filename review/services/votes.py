"""Votes: the draft of a ballot, casting it, changing it until the reveal; rounds; and notes of the discussion."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from review.domain.access import SYSTEM, Actor
from review.domain.ballot import BallotDraft, LineDraft, find_faults, find_missing
from review.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import text
from review.models import DiscussionNote, Seat, Vote, VoteLine
from review.queries.standing import Standing, lock_standing
from review.queries.votes import find_manager_values, list_anchor_keys, load_draft
from review.services import audit
from review.services.effects import Move, effect
from review.services.request_keys import claim
from review.services.seats import own_seat
from review.services.transitions import Fired, fire_item

VOTED = ("voted", "closed")
MAX_NOTE = 4000


@effect("begin_round")
def begin_round(move: Move) -> None:
    """Open the next round: who voted in the last one may vote again; the earlier votes are kept."""
    case = move.standing.case
    case.vote_round += 1
    move.session.flush()
    seats = move.session.scalars(sa.select(Seat).where(Seat.case_id == case.id, Seat.state.in_(VOTED)))
    for seat in seats.all():
        fire_item(move.session, case.id, seat, "open_again", actor=SYSTEM, now=move.now)


def save_ballot(
    session: Session, case_id: int, draft: BallotDraft, *, version: int, actor: Actor, now: datetime
) -> int:
    """Keep a ballot as a draft that only its voter can read; return the new version.

    Args:
        version: of the ballot it was written from, 0 for a new one.

    Raises:
        NotFound: no such case, or no seat of the actor's that may vote.
        TransitionRefused: voting is not open, the packet is not read, or the vote is cast.
        Invalid: no such rating or anchor, or too long.
        Conflict: another tab saved first.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    seat = _voting_seat(session, standing, actor, now)
    faults = find_faults(draft, {each.id for each in standing.criteria}, list_anchor_keys(session, standing))
    if faults:
        raise Invalid(faults)
    vote = _own_vote(session, standing, seat)
    if (vote.version if vote else 0) != version:
        if vote is not None and load_draft(session, vote) == draft:
            return vote.version  # sent again because the answer to it was lost
        raise _conflict(session, vote, draft)
    if vote is None:
        vote = Vote(
            case_id=case_id,
            seat_id=seat.id,
            person_id=seat.person_id,
            round=standing.case.vote_round,
            updated_at=now,
        )
        session.add(vote)
    else:
        flag_modified(vote, "updated_at")  # the version counts every save, also of the lines alone
    vote.overall, vote.confidence, vote.reason = draft.overall, draft.confidence, draft.reason
    vote.updated_at = now
    session.flush()
    _write_lines(session, vote, draft)
    audit.record(session, "vote.draft", actor=actor, now=now, case_id=case_id, subject_type="vote", subject_id=vote.id)
    return vote.version


def cast_vote(session: Session, case_id: int, *, actor: Actor, now: datetime, request_key: str | None = None) -> Fired:
    """Cast one's saved ballot; raises Invalid with everything it still needs, else as fire_item() does."""
    standing = lock_standing(session, case_id, actor, now=now)
    if not claim(session, request_key, actor=actor, now=now):
        return Fired(case_id, "cast", standing.facts.tokens, is_repeat=True)
    seat = _voting_seat(session, standing, actor, now)
    vote = _own_vote(session, standing, seat)
    names = {each.id: each.name_for(standing.case.track_id) for each in standing.criteria}
    faults = find_missing(load_draft(session, vote), names, find_manager_values(session, standing))
    if faults or vote is None:
        raise Invalid(faults)
    fired = fire_item(session, case_id, seat, "cast", actor=actor, now=now)
    vote.cast_at = now
    session.flush()
    return fired


def change_vote(
    session: Session, case_id: int, *, actor: Actor, now: datetime, request_key: str | None = None
) -> Fired:
    """Take one's vote back to a draft, until the reveal; raises as fire_item() does."""
    seat = own_seat(session, case_id, actor, now=now)
    fired = fire_item(session, case_id, seat, "change_vote", actor=actor, now=now, request_key=request_key)
    vote = _own_vote(session, lock_standing(session, case_id, actor, now=now), seat)
    if vote is not None and not fired.is_repeat:
        vote.cast_at = None
        session.flush()
    return fired


def add_note(
    session: Session,
    case_id: int,
    body: str,
    *,
    criterion_id: str = "",
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> DiscussionNote | None:
    """Keep a note of the discussion; None when this form had taken effect before."""
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_write("discussion.notes") or actor.person_id is None:
        if standing.may_read("discussion.notes"):
            raise NotAllowed(text("Notes are taken by the committee while it discusses"), is_known=True)
        raise NotFound
    known = {"", *(each.id for each in standing.criteria)}
    faults = [] if criterion_id in known else [Fault(text("There is no such criterion"), field="criterion")]
    if not body.strip():
        faults.append(Fault(text("Write the note first"), field="note"))
    if len(body) > MAX_NOTE:
        faults.append(Fault(text("This is too long"), text("at most %(count)s signs", count=MAX_NOTE), field="note"))
    if faults:
        raise Invalid(faults)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    note = DiscussionNote(
        case_id=case_id, author_id=actor.person_id, criterion_id=criterion_id, body=body.strip(), created_at=now
    )
    session.add(note)
    session.flush()
    audit.record(
        session, "discussion.note", actor=actor, now=now, case_id=case_id, subject_type="note", subject_id=note.id
    )
    return note


def _voting_seat(session: Session, standing: Standing, actor: Actor, now: datetime) -> Seat:
    seat = own_seat(session, standing.case.id, actor, now=now)
    if not standing.may_read("vote.own"):
        raise TransitionRefused([text("Voting is not open yet")])
    if standing.case.closed_at is not None:
        raise TransitionRefused([text("This case is closed; nobody votes on it any more")])
    if not standing.may_write("vote.own"):
        raise TransitionRefused([text("The votes are revealed; they stay as they are")])
    if standing.facts.is_actor_recused:
        raise NotAllowed(text("You may read this case, but you have no vote on it"), is_known=True)
    if seat.state == "voted":
        raise TransitionRefused([text("Your vote is cast; take it back first")])
    if seat.state != "read":
        raise TransitionRefused([text("Read the packet first, and say so")])
    return seat


def _own_vote(session: Session, standing: Standing, seat: Seat) -> Vote | None:
    return session.scalar(sa.select(Vote).where(Vote.seat_id == seat.id, Vote.round == standing.case.vote_round))


def _write_lines(session: Session, vote: Vote, draft: BallotDraft) -> None:
    rows = {row.criterion_id: row for row in session.scalars(sa.select(VoteLine).where(VoteLine.vote_id == vote.id))}
    for criterion, line in draft.lines.items():
        row = rows.get(criterion) or VoteLine(vote_id=vote.id, criterion_id=criterion)
        row.value, row.cannot_judge = (None if line.cannot_judge else line.value), line.cannot_judge
        row.reason, row.anchors = line.reason, list(line.anchors)
        session.add(row)
    session.flush()


def _conflict(session: Session, vote: Vote | None, draft: BallotDraft) -> Conflict:
    stored = load_draft(session, vote)
    theirs = {"reason": stored.reason}
    mine = {"reason": draft.reason}
    for criterion, line in draft.lines.items():
        mine[f"reason-{criterion}"] = line.reason
        theirs[f"reason-{criterion}"] = stored.lines.get(criterion, LineDraft()).reason
    return Conflict(theirs, mine, vote.version if vote else 0)
