"""Ratings: first view, final rating and second rating, signed by whoever made them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Rating(Numbered, Versioned, Base):
    """One person's ratings of a case in one round; another rater of the same round has a row of their own."""

    __tablename__ = "rating"
    __table_args__ = (sa.UniqueConstraint("case_id", "round", "rater_id"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    round: Mapped[str]  # first, final, second
    rater_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    locked_at: Mapped[
        datetime | None
    ]  # set by lock_first_view, submit_rating, submit_second_rating; None while a draft
    created_at: Mapped[datetime]


class RatingLine(Numbered, Versioned, Base):
    """The rating of one criterion, with its reason and what it rests on."""

    __tablename__ = "rating_line"
    __table_args__ = (sa.UniqueConstraint("rating_id", "criterion_id"),)

    rating_id: Mapped[int] = mapped_column(sa.ForeignKey("rating.id"))
    criterion_id: Mapped[str]
    value: Mapped[int | None]  # 1..5
    cannot_judge: Mapped[bool] = mapped_column(default=False)
    justification: Mapped[str] = mapped_column(default="")
    change_reason: Mapped[str] = mapped_column(default="")  # final round: what changed since the first view
    sentence: Mapped[str] = mapped_column(
        default=""
    )  # the ladder's sentence it names (a signal's id, or empty for the summary)
    anchors: Mapped[list[Any]] = mapped_column(
        default=list
    )  # `e:<evidence id>` and `f:<feedback id>`; printed as E1, F2
    written_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id")
    )  # who wrote it last, of the holder and their delegates; None: who the rating is signed by
    updated_at: Mapped[datetime]


class PanelScore(Numbered, Versioned, Base):
    """A leadership panel member's score of a people manager's case."""

    __tablename__ = "panel_score"
    __table_args__ = (sa.UniqueConstraint("case_id", "person_id"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    value: Mapped[int | None]  # 1..5
    reason: Mapped[str] = mapped_column(default="")
    meets_at: Mapped[datetime | None]  # when the panel meets
    scored_at: Mapped[datetime | None]


class RatingChange(Numbered, Base):
    """How the committee rates a criterion otherwise than the manager, and why; the manager's rating stays as it was."""

    __tablename__ = "rating_change"
    __table_args__ = (sa.UniqueConstraint("case_id", "criterion_id", "n"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    criterion_id: Mapped[str]
    n: Mapped[int]  # from 1, the last one counts
    before: Mapped[int | None]  # the value it replaces, 1..5; None: could not tell
    value: Mapped[int | None]  # 1..5; None: the packet does not let one tell
    code: Mapped[str]  # which kind of reason
    sentence: Mapped[str]  # the ladder's own words it turns on
    reason: Mapped[str]
    anchors: Mapped[list[Any]]  # as in RatingLine
    changed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    changed_at: Mapped[datetime]
