"""Feedback: a request to a giver, and what the giver answered."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Feedback(Numbered, Versioned, Base):
    """One request to one giver; its state belongs to the small machine `feedback` of the workflow."""

    __tablename__ = "feedback"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "giver_id"),
        sa.Index("ix_feedback_giver_state", "giver_id", "state"),
        sa.Index("ix_feedback_cycle_state", "cycle_id", "kind", "state", "due_at", "id", "case_id"),
        sa.Index("ix_feedback_cycle_due", "cycle_id", "kind", "due_at", "id", "state", "case_id"),
        sa.Index("ix_feedback_cycle_function", "cycle_id", "kind", "function", "case_id"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    cycle_id: Mapped[int | None]  # of the case, kept by a trigger: models/kept_columns
    giver_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(default="peer")  # peer, upward
    function: Mapped[str]  # the giver's function when asked
    state: Mapped[str]
    entry: Mapped[int] = mapped_column(default=1)
    entered_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: asked by the system
    is_hidden_from_manager: Mapped[bool] = mapped_column(default=False)  # a giver that HR added
    note: Mapped[str] = mapped_column(default="")  # from the one who proposed, to the giver
    criteria: Mapped[list[Any]] = mapped_column(default=list)  # criterion ids asked about; empty: all
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # who changed it on approval
    decline_kind: Mapped[str | None]  # no_time, unfamiliar, conflict
    decline_text: Mapped[str] = mapped_column(default="")
    substitute_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    refusal: Mapped[str] = mapped_column(default="")  # why the manager or HR did not approve
    submitted_at: Mapped[datetime | None]
    shown_in: Mapped[int | None]  # the set of answers that is read without names; None: in none of them yet


class FeedbackAnswer(Numbered, Versioned, Base):
    """What a giver wrote on one criterion; a draft until the feedback is submitted."""

    __tablename__ = "feedback_answer"
    __table_args__ = (sa.UniqueConstraint("feedback_id", "criterion_id"),)

    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"))
    criterion_id: Mapped[str]
    situation: Mapped[str] = mapped_column(default="")
    done: Mapped[str] = mapped_column(default="")
    effect: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    value: Mapped[int | None]  # 1..5
    cannot_judge: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]


class FeedbackSummary(Numbered, Versioned, Base):
    """What the manager or HR wrote for the candidate from all answers; a draft until the announcement."""

    __tablename__ = "feedback_summary"
    __table_args__ = (sa.UniqueConstraint("case_id"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    body: Mapped[str]
    written_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    updated_at: Mapped[datetime]
