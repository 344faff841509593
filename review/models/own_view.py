"""What people keep for themselves: a list narrowed their way, and a calendar that follows their dates."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class KeptView(Numbered, Base):
    """The cases of a cycle as somebody wants to see them again, under a name of their own."""

    __tablename__ = "kept_view"
    __table_args__ = (sa.UniqueConstraint("person_id", "cycle_id", "name"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"), index=True)
    name: Mapped[str]
    address: Mapped[str]  # the query of the page: what is narrowed and how it is sorted
    created_at: Mapped[datetime]


class CalendarFeed(Numbered, Base):
    """The secret address under which a calendar program asks for somebody's dates; only its hash is kept."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
