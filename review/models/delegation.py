"""Delegations: somebody acts for somebody else in a dated window."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Delegation(Numbered, Versioned, Base):
    """From one day to another, both included, the delegate holds the person's roles in cases, but never votes."""

    __tablename__ = "delegation"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    delegate_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
