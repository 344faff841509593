"""The mirror of an answer: what the candidate is asked to write about its giver, in the same cycle."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm

from review.domain.checks.facts import OPEN
from review.domain.feedback_request import UPWARD
from review.domain.feedback_sight import ASKING
from review.domain.phase import Phase
from review.models import Case, CaseToken, Feedback
from review.queries.fixed_words import fixed

REGION = "feedback"


def mirror_is_due(candidate_id: Any, cycle_id: Any) -> sa.ColumnElement[bool]:
    """Return whether an answer of the statement around it waits for what the candidate is to write about its giver.

    What has been read is not taken out of sight again, and nothing waits once its own packet is sealed. A request that
    was declined, cancelled or has expired does not come, nor one whose case no longer collects.
    """
    back, other, token = sa.orm.aliased(Feedback), sa.orm.aliased(Case), sa.orm.aliased(CaseToken)
    is_closed = sa.exists().where(token.case_id == other.id, token.region == REGION, token.state != ASKING)
    is_due = (
        sa.exists()
        .where(
            back.case_id == other.id,
            back.giver_id == candidate_id,
            back.state.in_(fixed(sorted(OPEN))),
            back.kind != UPWARD,
            other.candidate_id == Feedback.giver_id,
            other.cycle_id == cycle_id,
            other.phase == Phase.COLLECTING,
            ~is_closed,
        )
        .correlate(Feedback, Case)
    )
    waits = sa.and_(Feedback.state == "submitted", Feedback.kind != UPWARD, Feedback.shown_in.is_(None))
    return sa.and_(waits, is_due)
