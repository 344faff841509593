"""The votes of many cases, counted by the database: by criterion in the first and the last round, and the answers.

Counts what review.queries.votes counts of one case: cast, not voided, by who holds an open seat, has opened the packet,
has no conflict, and was in the room. Asks tables, not entities: there may be tens of thousands of lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.calibration import SCALE, Round
from review.models import Case, Vote, VoteLine
from review.queries.closeness import AnyCase, barred_from_voting
from review.queries.many_numbers import is_among
from review.queries.sights import Sight

Rounds = dict[tuple[int, str, int], Round]
CASE, VOTE, LINE = (sa.inspect(Case).local_table.c, sa.inspect(Vote).local_table.c, sa.inspect(VoteLine).local_table.c)
BITS = 10
MASK = (1 << BITS) - 1
SHIFTS = tuple((value, BITS * value) for value in SCALE)
WEIGHT = sa.literal(1, sa.BigInteger).bitwise_lshift(BITS * sa.func.coalesce(LINE.value, 0))


def load_rounds(
    session: Session, cases: Sequence[AnyCase], sights: Mapping[int, Sight], criteria: Sequence[str]
) -> tuple[Rounds, dict[int, dict[str, int]]]:
    """Return the votes by case, criterion and round, and how often each answer was given last; two statements."""
    return count_rounds(session, _counted(cases, sights), {case.vote_round for case in cases}, criteria)


def count_rounds(
    session: Session, counted: sa.ColumnElement[bool], last_rounds: Iterable[int], criteria: Sequence[str]
) -> tuple[Rounds, dict[int, dict[str, int]]]:
    """Return the same of the votes that a condition on votes and cases lets count.

    Args:
        last_rounds: the numbers of the last rounds of all cases.
    """
    splits: dict[int, dict[str, int]] = defaultdict(dict)
    answers = (
        sa.select(VOTE.case_id, VOTE.overall, sa.func.count())
        .join(CASE.id.table, CASE.id == VOTE.case_id)
        .where(counted, VOTE.round == CASE.vote_round)
        .group_by(VOTE.case_id, VOTE.overall)
    )
    for case_id, overall, count in session.execute(answers).all():
        splits[case_id][overall or ""] = count
    columns = [(each, number) for number in sorted({1, *last_rounds}) for each in criteria]
    lines = (
        sa.select(VOTE.case_id, *(_packed(each, number) for each, number in columns))
        .select_from(LINE.id.table)
        .join(VOTE.id.table, VOTE.id == LINE.vote_id)
        .join(CASE.id.table, CASE.id == VOTE.case_id)
        .where(counted, sa.or_(VOTE.round == 1, VOTE.round == CASE.vote_round))
        .group_by(VOTE.case_id)
    )
    rounds: Rounds = {}
    for case_id, *packed in session.execute(lines).all():
        for (criterion, number), counts in zip(columns, packed, strict=True):
            if counts:
                rounds[case_id, criterion, number] = _unpack(counts)
    return rounds, splits


def _packed(criterion: str, number: int) -> sa.ColumnElement[int]:
    """Return the sum that counts a round's votes on a criterion: ten bits for each value, the lowest "cannot tell".

    A column instead of a row for each criterion, round and value: the database has nothing to sort.
    """
    is_it = sa.and_(VOTE.round == number, LINE.criterion_id == criterion)
    return sa.cast(sa.func.sum(sa.case((is_it, WEIGHT))), sa.BigInteger)


def _unpack(packed: int) -> Round:
    counts = {value: count for value, shift in SHIFTS if (count := packed >> shift & MASK)}
    return Round(counts, packed & MASK)


def _counted(cases: Sequence[AnyCase], sights: Mapping[int, Sight]) -> sa.ColumnElement[bool]:
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
        is_among(VOTE.case_id, [case.id for case in cases]),
        VOTE.cast_at.is_not(None),
        VOTE.voided_at.is_(None),
        ~is_among(VOTE.seat_id, shut),
        sa.or_(VOTE.round < CASE.vote_round, ~is_among(VOTE.seat_id, absent)),
    )
