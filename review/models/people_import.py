"""People files: how each is to be read, how far it is looked at or taken in, and what came of it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class PeopleImport(Numbered, Base):
    """A people file on its way into the directory, or one that a worker looks at first."""

    __tablename__ = "people_import"

    digest: Mapped[str]  # SHA-256 of the file
    name: Mapped[str]
    reading: Mapped[dict[str, Any]]  # columns by field, order of days, scope
    fingerprint: Mapped[str]  # of the changes that were looked at; of a look: SHA-256 of what it found
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="waiting")  # one of domain/people_imports
    total: Mapped[int] = mapped_column(default=0)  # changes in all, known once it runs; of a look: rows of the file
    done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    faults: Mapped[list[Any]] = mapped_column(default=list)
