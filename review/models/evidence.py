"""What the candidate writes: the self-review per criterion and the evidence for it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class SelfReview(Numbered, Versioned, Base):
    """The candidate's own words on one criterion, Markdown."""

    __tablename__ = "self_review"
    __table_args__ = (sa.UniqueConstraint("case_id", "criterion_id"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    criterion_id: Mapped[str]
    body: Mapped[str]
    updated_at: Mapped[datetime]


class Evidence(Numbered, Versioned, Base):
    """An outcome: what was done, its effect, links, and maybe a measure."""

    __tablename__ = "evidence"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    position: Mapped[int]  # from 1; its anchor is E<position>, never given to another
    title: Mapped[str]
    done: Mapped[str]  # what was done
    effect: Mapped[str]
    links: Mapped[list[Any]] = mapped_column(default=list)  # {label, url}
    measure: Mapped[str] = mapped_column(default="")
    baseline: Mapped[str] = mapped_column(default="")
    target: Mapped[str] = mapped_column(default="")
    actual: Mapped[str] = mapped_column(default="")
    is_late: Mapped[bool] = mapped_column(default=False)  # added after the self-review was submitted
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class EvidenceTag(Numbered, Base):
    """Evidence speaks to a criterion, maybe to one signal of the target level."""

    __tablename__ = "evidence_tag"
    __table_args__ = (sa.UniqueConstraint("evidence_id", "criterion_id", "signal_id"),)

    evidence_id: Mapped[int] = mapped_column(sa.ForeignKey("evidence.id", ondelete="CASCADE"))
    criterion_id: Mapped[str]
    signal_id: Mapped[str] = mapped_column(default="")  # empty: the criterion as a whole
