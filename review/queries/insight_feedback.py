"""Answers of many cases, counted by the database, as facts for the figures of a cycle."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.calibration import SCALE
from review.domain.feedback_request import UPWARD
from review.domain.insight.facts import AnswerFact, Counts
from review.models import Case, Feedback, FeedbackAnswer
from review.queries.parties import HEARD_STATES
from review.queries.told import TOLD

ASKED, ANSWER, CASE = (
    sa.inspect(Feedback).local_table.c,
    sa.inspect(FeedbackAnswer).local_table.c,
    sa.inspect(Case).local_table.c,
)


def list_answers(session: Session, cycle_id: int, case_ids: Collection[int]) -> tuple[AnswerFact, ...]:
    """Return every answer that was sent, with the number and sum of its ratings; one statement."""
    rated = (
        sa.select(ANSWER.feedback_id, sa.func.count().label("lines"), sa.func.sum(ANSWER.value).label("total"))
        .where(ANSWER.value.is_not(None))
        .group_by(ANSWER.feedback_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            ASKED.case_id,
            ASKED.giver_id,
            ASKED.function,
            sa.func.coalesce(rated.c.lines, 0),
            sa.func.coalesce(rated.c.total, 0),
        )
        .select_from(ASKED.id.table)
        .join(CASE.id.table, CASE.id == ASKED.case_id)
        .outerjoin(rated, rated.c.feedback_id == ASKED.id)
        .where(CASE.cycle_id == cycle_id, CASE.phase.in_(TOLD), ASKED.state.in_(HEARD_STATES))
        .order_by(ASKED.id)
    ).all()
    return tuple(
        AnswerFact(case_id, giver, function, lines, int(total))
        for case_id, giver, function, lines, total in rows
        if case_id in case_ids
    )


def list_answer_counts(session: Session, cycle_id: int, case_ids: Collection[int]) -> tuple[tuple[int, Counts], ...]:
    """Return how often each rating was given, by case and criterion; one statement."""
    counts = (sa.func.sum(sa.case((ANSWER.value == value, 1), else_=0)) for value in SCALE)
    rows = session.execute(
        sa.select(ASKED.case_id, ANSWER.criterion_id, *counts)
        .select_from(ANSWER.id.table)
        .join(ASKED.id.table, ASKED.id == ANSWER.feedback_id)
        .join(CASE.id.table, CASE.id == ASKED.case_id)
        .where(
            CASE.cycle_id == cycle_id, CASE.phase.in_(TOLD), ASKED.state.in_(HEARD_STATES), ANSWER.value.is_not(None)
        )
        .group_by(ASKED.case_id, ANSWER.criterion_id)
        .order_by(ASKED.case_id, ANSWER.criterion_id)
    ).all()
    return tuple((case_id, tuple(map(int, found))) for case_id, _criterion, *found in rows if case_id in case_ids)


def count_mutual_voices(session: Session, cycle_id: int, case_ids: Collection[int]) -> tuple[int, int]:
    """Return how many voices with a name are mutual, and how many there are, of these cases alone; one statement.

    As find_mutual() has it of one case; a voice about somebody whose case is not among them has no other side here.
    """
    rows = session.execute(
        sa.select(ASKED.case_id, CASE.candidate_id, ASKED.giver_id)
        .select_from(ASKED.id.table)
        .join(CASE.id.table, CASE.id == ASKED.case_id)
        .where(CASE.cycle_id == cycle_id, CASE.phase.in_(TOLD), ASKED.state.in_(HEARD_STATES), ASKED.kind != UPWARD)
    ).all()
    voices = {(giver, candidate) for case_id, candidate, giver in rows if case_id in case_ids}
    return sum((candidate, giver) in voices for giver, candidate in voices), len(voices)
