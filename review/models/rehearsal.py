"""Rehearsals of cycles: which draft was walked, what came of it, and who signed the report."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Rehearsal(Numbered, Versioned, Base):
    """One walk of a draft on synthetic people; their cases are in a database of their own, never in this one."""

    __tablename__ = "rehearsal"

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"), index=True)
    state: Mapped[str]  # waiting, ready, failed, thrown_away
    digest: Mapped[str]  # of the draft as it was walked
    started_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    started_at: Mapped[datetime]
    looked: Mapped[list[Any]]  # the cells of the matrix that HR opened, as role/stage
    report: Mapped[dict[str, Any]]  # as it was signed, else as of the last walk; empty before there is one
    signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
