"""Committees: members, their seats on cases, and conflicts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Committee(Numbered, Versioned, Base):
    """A calibration committee of one cycle."""

    __tablename__ = "committee"

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"), index=True)
    name: Mapped[str]


class CommitteeMember(Numbered, Base):
    """A person on a committee; one is the chair, one may be the deputy."""

    __tablename__ = "committee_member"
    __table_args__ = (sa.UniqueConstraint("committee_id", "person_id"),)

    committee_id: Mapped[int] = mapped_column(sa.ForeignKey("committee.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(default="member")  # member, chair, deputy


class Seat(Numbered, Versioned, Base):
    """A member × a case; its state belongs to the small machine `seat` of the workflow."""

    __tablename__ = "seat"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "person_id"),
        sa.Index("ix_seat_person_state", "person_id", "state"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(default="member")  # member, chair, deputy
    state: Mapped[str]
    entry: Mapped[int] = mapped_column(default=1)
    entered_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # first time the packet was opened, page or PDF


class PulledCase(Numbered, Base):
    """A case that the votes agree on and a member wants to talk about; it belongs to one committee of the case."""

    __tablename__ = "pulled_case"
    __table_args__ = (sa.UniqueConstraint("case_id", "committee_id"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    committee_id: Mapped[int] = mapped_column(sa.ForeignKey("committee.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))  # the record's alone, no page tells who
    reason: Mapped[str] = mapped_column(default="")
    pulled_at: Mapped[datetime]


class Meeting(Numbered, Versioned, Base):
    """Where a committee's session is: the case that is on, the criterion within it, since when, and pauses."""

    __tablename__ = "meeting"

    committee_id: Mapped[int] = mapped_column(sa.ForeignKey("committee.id"), unique=True)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))  # None: nothing is on
    criterion_id: Mapped[str] = mapped_column(default="")  # empty: the case as a whole
    since_at: Mapped[datetime | None]  # when the case came on
    paused_at: Mapped[datetime | None]  # None: the clock runs
    paused_seconds: Mapped[int] = mapped_column(default=0)  # of pauses that have ended, since the case came on


class Conflict(Numbered, Base):
    """A declared conflict or one set by HR; the computed ones are worked out from facts at each request."""

    __tablename__ = "conflict"
    __table_args__ = (sa.UniqueConstraint("case_id", "person_id", "kind"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[str]  # close_personal, former_manager, dispute, other, set_by_hr
    reason: Mapped[str] = mapped_column(default="")
    declared_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    declared_at: Mapped[datetime]
