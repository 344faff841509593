"""The votes of many cases, counted by the database: by criterion in the first and the last round, and the answers.

Counts what review.queries.votes counts of one case: cast, not voided, by who holds an open seat, has opened the packet,
has no conflict, and was in the room. Asks tables, not entities: there may be tens of thousands of lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.calibration import SCALE, Round
from review.models import Case, Vote, VoteLine
from review.queries.closeness import barred_from_voting
from review.queries.sights import Sight

Rounds = dict[tuple[int, str, int], Round]
CASE, VOTE, LINE = (sa.inspect(Case).local_table.c, sa.inspect(Vote).local_table.c, sa.inspect(VoteLine).local_table.c)


def load_rounds(
    session: Session, cases: Sequence[Case], sights: Mapping[int, Sight]
) -> tuple[Rounds, dict[int, dict[str, int]]]:
    """Return the votes by case, criterion and round, and how often each answer was given last; two statements."""
    counted = _counted(cases, sights)
    splits: dict[int, dict[str, int]] = defaultdict(dict)
    answers = (
        sa.select(VOTE.case_id, VOTE.overall, sa.func.count())
        .join(CASE.id.table, CASE.id == VOTE.case_id)
        .where(counted, VOTE.round == CASE.vote_round)
        .group_by(VOTE.case_id, VOTE.overall)
    )
    for case_id, overall, count in session.execute(answers).all():
        splits[case_id][overall or ""] = count
    rounds: Rounds = {}
    times = [sa.func.sum(sa.case((LINE.value == value, 1), else_=0)) for value in SCALE]
    unable = sa.func.sum(sa.case((LINE.value.is_(None), 1), else_=0))
    lines = (
        sa.select(VOTE.case_id, LINE.criterion_id, VOTE.round, unable, *times)
        .join(VOTE.id.table, VOTE.id == LINE.vote_id)
        .join(CASE.id.table, CASE.id == VOTE.case_id)
        .where(counted, sa.or_(VOTE.round == 1, VOTE.round == CASE.vote_round))
        .group_by(VOTE.case_id, LINE.criterion_id, VOTE.round)
    )
    for case_id, criterion, number, cannot, *counts in session.execute(lines).all():
        given = {value: count for value, count in zip(SCALE, counts, strict=True) if count}
        rounds[case_id, criterion, number] = Round(given, cannot)
    return rounds, splits


def _counted(cases: Sequence[Case], sights: Mapping[int, Sight]) -> sa.ColumnElement[bool]:
    """Return the condition that a vote counts: of a seat that counts, in the last round of who was in the room."""
    shut: list[int] = []
    absent: list[int] = []
    for case in cases:
        shut += sights[case.id].shut
        barred, present = barred_from_voting(sights[case.id].conflicts), set(case.present_ids)
        for seat_id, person in sights[case.id].voters.items():
            if person in barred:
                shut.append(seat_id)
            elif person not in present:
                absent.append(seat_id)
    return sa.and_(
        VOTE.case_id.in_([case.id for case in cases]),
        VOTE.cast_at.is_not(None),
        VOTE.voided_at.is_(None),
        VOTE.seat_id.not_in(shut),
        sa.or_(VOTE.round < CASE.vote_round, VOTE.seat_id.not_in(absent)),
    )
