"""Mutual voices of a case: giver and candidate are each asked about the other in this cycle."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.checks.facts import ANSWERED
from review.domain.feedback_request import UPWARD
from review.domain.feedback_sight import read_switches
from review.models import Case, Feedback
from review.queries.standing import Standing


def count_mutual(session: Session, standing: Standing) -> tuple[int, int] | None:
    """Return (mutual voices, all voices) for who may know authors; see find_mutual()."""
    if not (standing.may_read("feedback.author") and standing.may_read("feedback.count")):
        return None
    return find_mutual(session, standing)


def find_mutual(session: Session, standing: Standing) -> tuple[int, int] | None:
    """Return how many of the voices that are in are mutual, and how many there are; pairs are never named.

    Answers of direct reports, which have no name, are left out. None below the floor: of one or two voices the number
    would name the pair. The caller decides who may read it.
    """
    case, back, other = standing.case, aliased(Feedback), aliased(Case)
    is_mutual = sa.exists().where(
        back.case_id == other.id,
        back.giver_id == case.candidate_id,
        back.state.in_(ANSWERED),
        back.kind != UPWARD,
        other.candidate_id == Feedback.giver_id,
        other.cycle_id == case.cycle_id,
    )
    counted = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((is_mutual, 1), else_=0)), 0))
    voices, mutual = session.execute(
        counted.where(Feedback.case_id == case.id, Feedback.state.in_(ANSWERED), Feedback.kind != UPWARD)
    ).one()
    return (int(mutual), voices) if voices >= read_switches(standing.cycle.policy).floor else None
