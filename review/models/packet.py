"""Sealed packets: the frozen document of a case, and its PDF files."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Packet(Numbered, Base):
    """A case as it was when it was sealed: canonical JSON and its digest. Unsealing keeps the row."""

    __tablename__ = "packet"
    __table_args__ = (sa.UniqueConstraint("case_id", "number"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int]  # which sealing of this case, from 1
    content: Mapped[str]  # canonical JSON of the whole packet
    digest: Mapped[str]  # SHA-256 of the content in UTF-8, hex
    sealed_at: Mapped[datetime]
    sealed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    unsealed_at: Mapped[datetime | None]


class PacketFile(Numbered, Versioned, Base):
    """One rendering of one view of a packet, as templates, fonts and engine were then."""

    __tablename__ = "packet_file"
    __table_args__ = (sa.UniqueConstraint("packet_id", "view", "template"),)

    packet_id: Mapped[int] = mapped_column(sa.ForeignKey("packet.id"))
    view: Mapped[str]  # committee, manager, candidate, skip_level, executive
    template: Mapped[str] = mapped_column(default="")  # paper.template_version when it was asked for
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, ready, failed
    path: Mapped[str | None]  # below the files folder
    digest: Mapped[str | None]  # SHA-256 of the file, hex
    size_bytes: Mapped[int | None]
    page_count: Mapped[int | None]
    error: Mapped[str | None]  # why it failed; of one that is ready, the signs that no font has: U+13000 U+13001
    rendered_at: Mapped[datetime | None]


class PacketCopy(Numbered, Base):
    """One reader's copy of a rendering: numbered within its packet, with what its line in the margin says."""

    __tablename__ = "packet_copy"
    __table_args__ = (
        sa.UniqueConstraint("packet_id", "number"),
        sa.UniqueConstraint("file_id", "person_id", "source"),
    )

    packet_id: Mapped[int] = mapped_column(sa.ForeignKey("packet.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("packet_file.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    number: Mapped[int]  # which copy of this packet, from 1
    source: Mapped[str]  # SHA-256 of the rendering it was made from, hex
    name: Mapped[str]  # of the reader, as the copy says it
    zone: Mapped[str]  # in which the copy says when it was made
    made_at: Mapped[datetime]
    path: Mapped[str]  # below the files folder
    digest: Mapped[str]  # SHA-256 of the copy, hex
