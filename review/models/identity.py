"""Who people are elsewhere, what opens a door once only, and how a forgotten password is set anew."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class Identity(Numbered, Base):
    """Who somebody is at an identity provider: its address and the subject it gave them; never an e-mail."""

    __tablename__ = "identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    issuer: Mapped[str]
    subject: Mapped[str]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    linked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: by a claim, or a command
    linked_at: Mapped[datetime]


class SpentToken(Numbered, Base):
    """What came once from an identity provider and does nothing a second time; kept until it has expired anyway."""

    __tablename__ = "spent_token"

    digest: Mapped[str] = mapped_column(unique=True)
    until_at: Mapped[datetime] = mapped_column(index=True)


class PasswordReset(Numbered, Base):
    """A mailed link to set one's password anew, once; only the hash of its token is kept."""

    __tablename__ = "password_reset"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    until_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
