"""Nominating everybody who is eligible in a cycle: who asked for it, and how far it has come."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class NominationRun(Numbered, Base):
    """One time that an HR partner had everybody eligible nominated who was not yet, by a job, part by part."""

    __tablename__ = "nomination_run"

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, running, done, stopped, failed
    total: Mapped[int]  # cases to open in all, as last looked at
    opened: Mapped[int] = mapped_column(default=0)
