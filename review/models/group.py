"""Attributes of people that HR compares groups by, each with its purpose; and who is in which group."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class GroupAttribute(Numbered, Base):
    """One attribute; there is none until HR makes it, and its values go with it."""

    __tablename__ = "group_attribute"

    name: Mapped[str] = mapped_column(unique=True)
    column: Mapped[str]  # what a people file calls it
    purpose: Mapped[str]
    agreed_in: Mapped[str]  # the agreement or rule that allows it
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    filled_at: Mapped[datetime | None]


class GroupValue(Numbered, Base):
    """The group of one person by one attribute; shown to that person alone."""

    __tablename__ = "group_value"
    __table_args__ = (sa.UniqueConstraint("person_id", "attribute_id"),)

    attribute_id: Mapped[int] = mapped_column(sa.ForeignKey("group_attribute.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    compared_by: Mapped[str]  # the name of the attribute, for the person's own data
    group_name: Mapped[str]
