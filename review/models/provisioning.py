"""What a directory keeps here by SCIM: its tokens, its own names of people, its groups."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class ScimToken(Numbered, Base):
    """A token by which a directory keeps people up to date; only its hash is kept."""

    __tablename__ = "scim_token"

    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ScimUser(Base):
    """What a directory says of a person beyond what the product needs."""

    __tablename__ = "scim_user"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, autoincrement=False)
    user_name: Mapped[str] = mapped_column(unique=True)  # as written; looked up in lower case
    user_key: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None]
    document: Mapped[dict[str, Any]]  # what the directory sent last; what the product knows better is laid over it
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ScimGroup(Numbered, Base):
    """A group of the directory; the settings say which company role its members hold."""

    __tablename__ = "scim_group"

    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)  # in lower case
    external_id: Mapped[str | None]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ScimMember(Base):
    """One person in a group."""

    __tablename__ = "scim_member"

    group_id: Mapped[int] = mapped_column(sa.ForeignKey("scim_group.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
