"""What raters gave on example profiles: shown to each of them alone."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class ExampleRating(Numbered, Base):
    """One rater's ratings of one profile, given once."""

    __tablename__ = "example_rating"
    __table_args__ = (sa.UniqueConstraint("person_id", "digest"), sa.Index("ix_example_rating_digest", "digest"))

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    ladder: Mapped[str]
    profile: Mapped[str]
    title: Mapped[str]
    digest: Mapped[str]  # of the profile as it was rated
    ratings: Mapped[dict[str, Any]]  # criterion id -> 1..5; None: cannot tell
    rated_at: Mapped[datetime]
