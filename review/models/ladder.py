"""Published ladder versions; a published row never changes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class LadderVersion(Numbered, Base):
    """One version of one ladder, as the YAML that was published."""

    __tablename__ = "ladder_version"
    __table_args__ = (sa.UniqueConstraint("key", "version"),)

    key: Mapped[str]  # the ladder's id
    version: Mapped[str]
    name: Mapped[str]
    source: Mapped[str] = mapped_column(deferred=True)  # YAML, ladder/1; long, read only to be parsed
    digest: Mapped[str]  # SHA-256 of the source, hex
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
