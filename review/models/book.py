"""Books: the packets of a committee put together for one reader, and which printed packets they hold."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Book(Numbered, Versioned, Base):
    """A book that somebody asked for; of several for the same reader the last one counts."""

    __tablename__ = "book"
    __table_args__ = (sa.Index("ix_book_committee_person", "committee_id", "person_id"),)

    committee_id: Mapped[int] = mapped_column(sa.ForeignKey("committee.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    state: Mapped[str]  # printing, merging, ready, failed, cancelled
    asked_at: Mapped[datetime]
    path: Mapped[str | None]  # below the files folder
    digest: Mapped[str | None]  # SHA-256 of the file, hex
    size_bytes: Mapped[int | None]
    page_count: Mapped[int | None]
    error: Mapped[str | None]  # why it could not be put together; why a packet could not be printed is with its file
    made_at: Mapped[datetime | None]


class BookPart(Numbered, Base):
    """A printed packet in a book, in the book's order."""

    __tablename__ = "book_part"
    __table_args__ = (sa.UniqueConstraint("book_id", "position"),)

    book_id: Mapped[int] = mapped_column(sa.ForeignKey("book.id"))
    position: Mapped[int]  # from 1
    packet_file_id: Mapped[int] = mapped_column(sa.ForeignKey("packet_file.id"), index=True)
