"""Ladder versions, which never change once they are published, and the drafts that they are made of."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class LadderVersion(Numbered, Base):
    """One version of one ladder, as the YAML that was published."""

    __tablename__ = "ladder_version"
    __table_args__ = (sa.UniqueConstraint("key", "version"),)

    key: Mapped[str]  # the ladder's id
    version: Mapped[str]
    name: Mapped[str]
    source: Mapped[str] = mapped_column(deferred=True)  # YAML, ladder/1; long, read only to be parsed
    digest: Mapped[str]  # SHA-256 of the source, hex
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: by a command alone
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class LadderDraft(Numbered, Versioned, Base):
    """A ladder version in the making: written by HR, proposed by one of them, published by another."""

    __tablename__ = "ladder_draft"

    key: Mapped[str]  # the ladder's id
    becomes: Mapped[str]  # the version that it is to be
    name: Mapped[str]
    source: Mapped[str] = mapped_column(deferred=True)  # YAML, ladder/1, without a fault
    digest: Mapped[str]  # SHA-256 of the source, hex
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # part of the ladder -> version that last changed it
    base_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ladder_version.id"))  # what it began from
    begun_at: Mapped[datetime]
    begun_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime | None]  # None while it is written
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    returned_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # who discarded the last proposal
    returned_why: Mapped[str] = mapped_column(default="")
