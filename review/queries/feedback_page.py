"""What a case's feedback says, for who may read it: the answers by criterion, and the summary for the candidate."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Role
from review.domain.errors import NotFound
from review.domain.feedback_sight import read_switches
from review.domain.values import dataclass
from review.models import FeedbackSummary, Person
from review.queries.feedback import AnswerRow, FeedbackRow, may_read_answers, read_feedback
from review.queries.standing import Standing


@dataclass(frozen=True)
class SummaryRow:
    """The summary as it stands; its writer is None for the candidate."""

    body: str
    writer: str | None
    version: int


@dataclass(frozen=True)
class HeardOn:
    """What was answered on one criterion."""

    id: str
    name: str
    answers: tuple[tuple[FeedbackRow, AnswerRow], ...]


@dataclass(frozen=True)
class FeedbackPage:
    """The feedback of a case for one reader; `answers` is None for who reads no answers."""

    answers: tuple[HeardOn, ...] | None
    sees_summary: bool
    summary: SummaryRow | None
    can_write: bool
    has_enough: bool
    floor: int
    is_own: bool


def may_open_feedback(standing: Standing) -> bool:
    """Tell whether the case has a page of feedback for the actor."""
    return standing.may_read("feedback.summary") or may_read_answers(standing)


def load_feedback_page(session: Session, standing: Standing) -> FeedbackPage:
    """Return what the actor may read of a case's feedback; raise NotFound where it is nothing."""
    if not may_open_feedback(standing):
        raise NotFound
    sees_summary, has_enough = standing.may_read("feedback.summary"), "n3" in standing.conditions
    return FeedbackPage(
        answers=_answers(session, standing) if may_read_answers(standing) else None,
        sees_summary=sees_summary,
        summary=read_summary(session, standing) if sees_summary and has_enough else None,
        can_write=standing.may_write("feedback.summary") and has_enough,
        has_enough=has_enough,
        floor=read_switches(standing.cycle.policy).floor,
        is_own=Role.CANDIDATE in standing.roles,
    )


def read_summary(session: Session, standing: Standing) -> SummaryRow | None:
    """Return the stored summary, None while nothing is written; the caller decides who may read it."""
    found = session.execute(
        sa.select(FeedbackSummary, Person.name)
        .join(Person, Person.id == FeedbackSummary.written_by_id)
        .where(FeedbackSummary.case_id == standing.case.id)
    ).first()
    if found is None:
        return None
    summary, name = found
    return SummaryRow(summary.body, None if Role.CANDIDATE in standing.roles else name, summary.version)


def _answers(session: Session, standing: Standing) -> tuple[HeardOn, ...]:
    rows = read_feedback(session, standing)
    return tuple(
        HeardOn(
            criterion.id,
            criterion.name_for(standing.case.track_id),
            tuple((row, answer) for row in rows if (answer := row.on(criterion.id)) is not None),
        )
        for criterion in standing.criteria
    )
