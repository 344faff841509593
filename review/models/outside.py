"""Givers from outside the company: the invitation behind a feedback request, and the links mailed for it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class Invite(Numbered, Base):
    """Where a request to somebody outside goes, and how they know the candidate.

    Name, organisation (as the title), language and zone stand with the person.
    """

    __tablename__ = "invite"

    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), unique=True)
    email: Mapped[str] = mapped_column()  # kept in lower case
    worked_together: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]  # the first change made by link
    revoked_at: Mapped[datetime | None]  # links older than this open nothing; while set, no mail goes out


class InviteLink(Numbered, Base):
    """One link that was mailed; only the hash of its token is kept."""

    __tablename__ = "invite_link"

    invite_id: Mapped[int] = mapped_column(sa.ForeignKey("invite.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    writes: Mapped[int] = mapped_column(default=0)  # since counted_from, for the rate limit
    counted_from: Mapped[datetime | None]
