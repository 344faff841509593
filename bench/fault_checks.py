"""What a round of voting left in the database, held against what each voter was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.voters import CAST, CRITERIA, SAVED, TAKEN_BACK, Ballot, Step, Voter
from review.domain.access import Actor
from review.domain.ballot import Overall
from review.models import AuditEvent, Case, Decision, RequestKey, Seat, Vote, VoteLine
from review.queries.standing import load_standing
from review.queries.votes import load_result
from review.services.audit import find_break

VOTING = (SAVED, CAST, TAKEN_BACK)
Standing = tuple[str, str, tuple[int | None, ...], bool]
"""A vote as it stands in the database: answer, reason, ratings, and whether it is cast."""


@dataclass(frozen=True, slots=True)
class Round:
    """A case that was voted on: by whom, who was in the room, and the votes just after the reveal."""

    case_id: int
    chair: Actor
    voters: Sequence[Voter]
    present: frozenset[int]
    revealed: dict[int, Standing]


def check_round(session: Session, done: Round) -> Counter[str]:
    """Count what does not hold; every figure but `acknowledged` and `refused` should be 0."""
    rows = read_votes(session, done.case_id)
    events = _read_events(session, done.case_id)
    reveals = [place for place, (kind, _) in enumerate(events) if kind == "case.reveal_votes"]
    found = Counter(
        overwrites=sum(done.revealed.get(person) != row for person, row in rows.items()),
        interleavings=abs(len(reveals) - 1) + sum(kind in VOTING for kind, _ in events[max(reveals, default=0) :]),
        chain_breaks=int(find_break(session) is not None),
        tally_differences=_compare_tally(session, done, rows),
        decision_differences=_compare_decision(session, done, rows, events),
    )
    for voter in done.voters:
        found.update(_check_voter(voter, rows.get(voter.person_id), Counter(events)))
    found["left_behind"] += _count_keys_left(session, done)
    return found


def read_votes(session: Session, case_id: int) -> dict[int, Standing]:
    """Return each person's vote as it stands."""
    lines: dict[int, dict[str, int | None]] = {}
    given = sa.select(VoteLine.vote_id, VoteLine.criterion_id, VoteLine.value).join(Vote, Vote.id == VoteLine.vote_id)
    for vote_id, criterion, value in session.execute(given.where(Vote.case_id == case_id)):
        lines.setdefault(vote_id, {})[criterion] = value
    rows = session.execute(
        sa.select(Vote.id, Vote.person_id, Vote.overall, Vote.reason, Vote.cast_at).where(Vote.case_id == case_id)
    )
    return {
        person: (overall or "", reason, tuple(lines[vote_id].get(each) for each in CRITERIA), cast_at is not None)
        for vote_id, person, overall, reason, cast_at in rows
    }


def _read_events(session: Session, case_id: int) -> list[tuple[str, int | None]]:
    """Return the case's events with who made them, in the order of the trail."""
    rows = session.execute(
        sa.select(AuditEvent.kind, AuditEvent.actor_id).where(AuditEvent.case_id == case_id).order_by(AuditEvent.seq)
    )
    return [(kind, actor) for kind, actor in rows]


def _check_voter(voter: Voter, row: Standing | None, events: Counter[tuple[str, int | None]]) -> Counter[str]:
    """Hold one voter's row and events against what they were answered."""
    found: Counter[str] = Counter()
    for kind in VOTING:
        steps = [step for step in voter.steps if step.kind == kind]
        done, doubtful = sum(step.is_done for step in steps), sum(_is_open(step) for step in steps)
        count = events[kind, voter.person_id]
        found.update(acknowledged=done, lost=max(done - count, 0), doubled=max(count - done - doubtful, 0))
    found["refused"] += sum(not step.is_done for step in voter.steps)
    found["unknown"] += sum(_is_open(step) for step in voter.steps)
    certain = [step for step in voter.steps if step.is_done]
    possible = {_stand(certain), *(_stand([*certain, step]) for step in voter.steps if _is_open(step))}
    found["overwrites"] += row not in possible
    return found


def _is_open(step: Step) -> bool:
    """Tell whether the voter cannot know if it took effect: an answer was lost, and the reveal came before another."""
    return step.is_doubtful and not step.is_done


def _stand(steps: Sequence[Step]) -> Standing | None:
    """Return how a vote stands after some steps."""
    ballots: list[Ballot] = [step.ballot for step in steps if step.kind == SAVED]
    if not ballots:
        return None
    last = ballots[-1]
    return last.overall, last.words, last.values, steps[-1].kind == CAST


def _count_keys_left(session: Session, done: Round) -> int:
    """Count the keys of forms that were refused and are held as used all the same."""
    refused = [step.key for voter in done.voters for step in voter.steps if step.key and not step.is_done]
    kept = sa.select(sa.func.count()).select_from(RequestKey).where(RequestKey.key.in_(refused))
    return session.scalar(kept) or 0


def _counted(done: Round, rows: dict[int, Standing]) -> dict[int, Standing]:
    return {person: row for person, row in rows.items() if row[3] and person in done.present}


def _compare_tally(session: Session, done: Round, rows: dict[int, Standing]) -> int:
    """Count the figures of the tally that are not those of the rows, counted here by hand."""
    session.expire_all()
    moment = session.get_one(Case, done.case_id).created_at
    result = load_result(session, load_standing(session, done.case_id, done.chair, now=moment))
    counted = _counted(done, rows)
    if result is None:
        return 1
    split = Counter(overall for overall, *_ in counted.values())
    wrong = sum(split[each] != result.tally.split[Overall(each)] for each in Overall)
    for place, criterion in enumerate(result.criteria):
        values = Counter(values[place] for _, _, values, _ in counted.values())
        wrong += dict(values) != dict(criterion.tally.counts)
    closed = sa.select(sa.func.count()).select_from(Seat).where(Seat.case_id == done.case_id, Seat.state == "closed")
    return wrong + (session.scalar(closed) != sum(row[3] for row in rows.values()))


def _compare_decision(
    session: Session, done: Round, rows: dict[int, Standing], events: Sequence[tuple[str, int | None]]
) -> int:
    """Count what is wrong with the decision: one stands, the trail has it once, and its dissent is that of the rows."""
    found = session.scalars(sa.select(Decision).where(Decision.case_id == done.case_id)).all()
    recorded = [kind for kind, _ in events if kind.startswith("case.decide_")]
    if len(found) != 1:
        return abs(len(found) - 1)
    decision = found[0]
    against = {person for person, row in _counted(done, rows).items() if row[0] != decision.outcome}
    return (recorded != [f"case.decide_{decision.outcome}"]) + (
        {each["person_id"] for each in decision.dissent} != against
    )
