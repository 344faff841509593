"""What people may ask of their own data: bundles, holds, the end of keeping, erasure, and what it leaves behind."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class SubjectRequest(Numbered, Versioned, Base):
    """Somebody asked for all that is kept about them; the content is there until the download ends."""

    __tablename__ = "subject_request"
    __table_args__ = (sa.Index("ix_subject_request_state_until_at", "state", "until_at"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))  # the person, or an HR partner for them
    asked_at: Mapped[datetime]
    due_on: Mapped[date]  # the last day to answer
    state: Mapped[str]  # gathering, review, releasing, released, removed
    content: Mapped[str | None]  # the bundle as canonical JSON
    gathered_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]  # when the download ends


class Redaction(Numbered, Base):
    """What an HR partner took out of a bundle beside the rules, and why."""

    __tablename__ = "redaction"

    request_id: Mapped[int] = mapped_column(sa.ForeignKey("subject_request.id"), index=True)
    entry: Mapped[str]  # key of the entry
    words: Mapped[str]  # what is taken out of it; empty: all of it
    reason: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]


class LegalHold(Numbered, Base):
    """A person or a case of which nothing may be removed, until a day or until it is ended."""

    __tablename__ = "legal_hold"

    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    reason: Mapped[str]
    until_on: Mapped[date]  # the last day on which it holds
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]


class RetentionRun(Numbered, Base):
    """What had been kept long enough: approved by an HR partner, removed by the sweep."""

    __tablename__ = "retention_run"

    planned: Mapped[dict[str, Any]]  # kind -> how many, as it was approved
    approved_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    approved_at: Mapped[datetime]  # what was due by then goes
    done_at: Mapped[datetime | None]
    removed: Mapped[dict[str, Any]] = mapped_column(default=dict)  # kind -> how many


class Erasure(Numbered, Versioned, Base):
    """One person's data erased: proposed by one HR partner, approved by another."""

    __tablename__ = "erasure"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    done_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    cancelled_at: Mapped[datetime | None]
    cancelled_why: Mapped[str] = mapped_column(default="", server_default="")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what was removed: word -> how many


class Tombstone(Numbered, Base):
    """The keyed hash of a number or an address that was erased, so that no import brings it back unseen."""

    __tablename__ = "tombstone"

    digest: Mapped[str] = mapped_column(unique=True)
    erasure_id: Mapped[int] = mapped_column(sa.ForeignKey("erasure.id"), index=True)
