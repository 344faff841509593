"""Votes and ratings of many cases, as facts for the figures of a cycle."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.ballot import Overall
from review.domain.calibration import SCALE, Round
from review.domain.insight.facts import Counts, RatingFact, VoteFact
from review.domain.ladder import Ladder
from review.models import Case, Person, Rating, RatingLine, Seat, Vote
from review.queries.facts import ABLE_TO_VOTE
from review.queries.many_numbers import is_among
from review.queries.told import TOLD
from review.queries.vote_rounds import count_rounds

RATING, LINE, CASE, SEAT, VOTE = (
    sa.inspect(Rating).local_table.c,
    sa.inspect(RatingLine).local_table.c,
    sa.inspect(Case).local_table.c,
    sa.inspect(Seat).local_table.c,
    sa.inspect(Vote).local_table.c,
)


def list_ballots_and_votes(
    session: Session, rounds_of: Mapping[int, int], ladder: Ladder
) -> tuple[dict[int, Counts], tuple[VoteFact, ...]]:
    """Return the answers by case as promote, not yet, defer; and the votes by case and criterion; two statements.

    Votes stand in the order of the cases and the ladder: intervals are drawn by place. A vote that was cast, not
    voided, and whose seat could vote with its packet opened counts.

    Args:
        rounds_of: case -> its last round.
    """
    seat = sa.select(SEAT.id).where(SEAT.state.in_(ABLE_TO_VOTE), SEAT.opened_at.is_not(None))
    counted = sa.and_(
        is_among(VOTE.case_id, rounds_of),
        VOTE.cast_at.is_not(None),
        VOTE.voided_at.is_(None),
        VOTE.seat_id.in_(seat),
    )
    rounds, splits = count_rounds(session, counted, rounds_of.values(), [each.id for each in ladder.criteria])
    ballots = {case_id: tuple(split.get(each, 0) for each in Overall) for case_id, split in splits.items()}
    votes = (
        VoteFact(case_id, each.id, _counts(first), _last(rounds.get((case_id, each.id, last)), last))
        for case_id, last in rounds_of.items()
        for each in ladder.criteria
        if (first := rounds.get((case_id, each.id, 1)))
    )
    return ballots, tuple(votes)


def _last(votes: Round | None, number: int) -> Counts | None:
    return _counts(votes) if votes is not None and number > 1 else None


def _counts(votes: Round) -> Counts:
    return tuple(votes.counts.get(value, 0) for value in SCALE)


def list_ratings(session: Session, cycle_id: int, case_ids: Collection[int]) -> tuple[RatingFact, ...]:
    """Return every rating that was handed in with a value, in the order in which they and their lines were begun."""
    rows = session.execute(
        sa.select(RATING.case_id, RATING.round, RATING.rater_id, LINE.criterion_id, LINE.value)
        .select_from(RATING.id.table)
        .join(LINE.id.table, LINE.rating_id == RATING.id)
        .join(CASE.id.table, CASE.id == RATING.case_id)
        .where(CASE.cycle_id == cycle_id, CASE.phase.in_(TOLD), RATING.locked_at.is_not(None), LINE.value.is_not(None))
        .order_by(RATING.id, LINE.id)
    ).all()
    return tuple(RatingFact(*row) for row in rows if row[0] in case_ids)


def name_people(session: Session, people: Collection[int]) -> dict[int, str]:
    """Return names by number; one statement."""
    return dict(session.execute(sa.select(Person.id, Person.name).where(is_among(Person.id, people))).all())
