"""One step for many cases of a cycle: what was asked for, and how it ended for each case."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class BulkStep(Numbered, Base):
    """What an HR partner asked to be done to several cases at once."""

    __tablename__ = "bulk_step"

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    step: Mapped[str]  # confirm, nudge, extend, reassign, withdraw
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)  # days or until, to_person_id
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BulkStepCase(Numbered, Base):
    """One case of a bulk step: still waiting, done, or refused with the reason."""

    __tablename__ = "bulk_step_case"
    __table_args__ = (sa.UniqueConstraint("bulk_step_id", "case_id"),)

    bulk_step_id: Mapped[int] = mapped_column(sa.ForeignKey("bulk_step.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, done, refused
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what was done, or why not: a sentence with its values
    done_at: Mapped[datetime | None]
