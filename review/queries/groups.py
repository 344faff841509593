"""What groups of people can go by: function and country, and the attributes that HR has made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import GroupAttribute, GroupValue, Person

FUNCTION, COUNTRY = "function", "country"
OWN: dict[str, Text] = {FUNCTION: text("function"), COUNTRY: text("country")}
"""What the directory itself has."""


@dataclass(frozen=True)
class Grouping:
    """What groups go by: its key in an address, its name, and the group of a Person in a statement."""

    key: str
    name: Text | str
    value: Any


@dataclass(frozen=True)
class AttributeRow:
    """An attribute as HR sees it: what for, and how many people have a group; never who is in which."""

    id: int
    name: str
    column: str
    purpose: str
    agreed_in: str
    made_by: str
    made_at: datetime
    filled_at: datetime | None
    people: int


def list_groupings(session: Session) -> tuple[Grouping, ...]:
    """Return everything that groups can go by; one statement."""
    own = (Grouping(key, name, sa.func.coalesce(getattr(Person, key), "")) for key, name in OWN.items())
    rows = session.execute(
        sa.select(GroupAttribute.id, GroupAttribute.name)
        .where(GroupAttribute.filled_at.is_not(None))
        .order_by(GroupAttribute.id)
    ).all()
    return (*own, *(Grouping(f"g{number}", name, _value_of(number)) for number, name in rows))


def find_grouping(session: Session, key: str) -> Grouping:
    """Return what groups go by under a key; by function where there is nothing of it."""
    found = {each.key: each for each in list_groupings(session)}
    return found.get(key, found[FUNCTION])


def list_attributes(session: Session, actor: Actor) -> tuple[AttributeRow, ...]:
    """Return all attributes for HR, in one statement; raise NotFound for everybody else."""
    if not actor.has(Role.HR):
        raise NotFound
    count = sa.select(sa.func.count()).where(GroupValue.attribute_id == GroupAttribute.id).scalar_subquery()
    rows = session.execute(
        sa.select(GroupAttribute, Person.name, count)
        .join(Person, Person.id == GroupAttribute.made_by_id)
        .order_by(GroupAttribute.id)
    ).all()
    return tuple(
        AttributeRow(
            row.id, row.name, row.column, row.purpose, row.agreed_in, made_by, row.made_at, row.filled_at, people
        )
        for row, made_by, people in rows
    )


def _value_of(attribute_id: int) -> Any:
    """Return the group of a Person by an attribute, empty where they have none."""
    found = sa.select(GroupValue.group_name).where(
        GroupValue.attribute_id == attribute_id, GroupValue.person_id == Person.id
    )
    return sa.func.coalesce(found.correlate(Person).scalar_subquery(), "")
