"""Ballots and the discussion after the reveal."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Vote(Numbered, Versioned, Base):
    """A member's ballot on a case in one round; the earlier rounds are kept."""

    __tablename__ = "vote"
    __table_args__ = (sa.UniqueConstraint("seat_id", "round"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    seat_id: Mapped[int] = mapped_column(sa.ForeignKey("seat.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    round: Mapped[int]  # from 1
    overall: Mapped[str | None]  # promote, not_yet, defer
    confidence: Mapped[str | None]  # low, medium, high
    reason: Mapped[str] = mapped_column(default="")
    cast_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]  # a conflict came up: kept, not counted
    updated_at: Mapped[datetime]


class VoteLine(Numbered, Base):
    """The ballot's rating of one criterion."""

    __tablename__ = "vote_line"
    __table_args__ = (sa.UniqueConstraint("vote_id", "criterion_id"),)

    vote_id: Mapped[int] = mapped_column(sa.ForeignKey("vote.id"))
    criterion_id: Mapped[str]
    value: Mapped[int | None]  # 1..5
    cannot_judge: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    anchors: Mapped[list[Any]] = mapped_column(default=list)  # as in RatingLine


class DiscussionNote(Numbered, Base):
    """A note taken while the committee discussed a case."""

    __tablename__ = "discussion_note"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    criterion_id: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    created_at: Mapped[datetime]
