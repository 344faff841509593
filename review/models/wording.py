"""The words of mails and of the letter that an installation has changed, and every version of them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class Wording(Numbered, Base):
    """The words in force of one mail, or of one part of the letter, that were ever changed."""

    __tablename__ = "wording"

    piece: Mapped[str] = mapped_column(unique=True)  # of domain/wording_list
    words: Mapped[dict[str, Any]] = mapped_column(default=dict)  # field → text; empty: as they are shipped


class WordingVersion(Numbered, Base):
    """One change of the words: a mail's is in force at once, one of the letter once a second person publishes it."""

    __tablename__ = "wording_version"
    __table_args__ = (sa.UniqueConstraint("piece", "number"),)

    piece: Mapped[str]
    number: Mapped[int]  # from 1, within its piece
    words: Mapped[dict[str, Any]]  # empty: back to the words as they are shipped
    shipped_digest: Mapped[str]  # of the shipped words that it was written against
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    published_at: Mapped[datetime | None]  # None while it waits for a second person
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    discarded_at: Mapped[datetime | None]  # taken back, or another took its place, before it was published
