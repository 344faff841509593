"""Cases that were decided before Dualtrack: brought in by files, each of which can be taken back as a whole."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, index_some


class PastImport(Numbered, Base):
    """A file of past cases that was brought in."""

    __tablename__ = "past_import"

    digest: Mapped[str]  # SHA-256 of the file
    name: Mapped[str]
    reading: Mapped[dict[str, Any]]  # columns by field, their words for outcomes and levels, order of days
    brought_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: on the command line
    brought_at: Mapped[datetime]
    added: Mapped[int]
    changed: Mapped[int]
    undone_at: Mapped[datetime | None]


class PastCase(Numbered, Base):
    """What became of one person in one earlier cycle; a later file that says something else puts a row in its place."""

    __tablename__ = "past_case"
    __table_args__ = (
        index_some("uq_past_case_standing", "person_id", "cycle", rows="replaced_by_id IS NULL", is_unique=True),
    )

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("past_import.id"), index=True)
    replaced_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("past_import.id"), index=True)  # None: it stands
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    cycle: Mapped[str]
    announced_on: Mapped[date]
    from_level_id: Mapped[str | None]
    to_level_id: Mapped[str]
    track_id: Mapped[str]
    outcome: Mapped[str]  # promoted, not_yet, deferred, withdrawn
    reason: Mapped[str]
    ratings: Mapped[dict[str, Any]]  # criterion id -> 1..5
    votes: Mapped[dict[str, Any]]  # promote, not_yet, defer -> how many
