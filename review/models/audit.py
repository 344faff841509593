"""The audit trail: one head row, and a chain of events."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class AuditHead(Numbered, Base):
    """The end of the chain; locked while an event is appended."""

    __tablename__ = "audit_head"

    seq: Mapped[int]
    mac: Mapped[str]
    key_mark: Mapped[str | None]  # which key seals, as its HMAC of a word; None: no key was ever replaced
    kept_secret: Mapped[bytes | None]  # the key of before the first replacement, for marks of who was erased; wrapped


class PersonKey(Base):
    """The key of the details about one person, wrapped with a key of the installation; None: erased for good.

    The row of an erased key stays, so that no other key is ever made for the same person.
    """

    __tablename__ = "person_key"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes | None]


class AuditEvent(Base):
    """Who did what kind of thing to which case, when: ids; the detail (ids, codes and counts) under a person's key."""

    __tablename__ = "audit_event"
    __table_args__ = (  # with the number, so that the newest event of a case or a kind is found at once
        sa.Index("ix_audit_event_case_seq", "case_id", "seq"),
        sa.Index("ix_audit_event_kind_seq", "kind", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str]  # e.g. case.seal, feedback.submit, people.import
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: the system
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    subject_type: Mapped[str | None]
    subject_id: Mapped[int | None]
    key_person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: the installation's own key
    detail_hash: Mapped[str]  # HMAC-SHA-256 of the detail under a salt within the seal, hex
    sealed_detail: Mapped[bytes]  # AES-256-GCM: nonce, then salt and canonical JSON
    mac: Mapped[str]  # HMAC-SHA-256 over the previous mac and everything above, hex
