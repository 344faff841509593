"""Attributes to compare groups by: made by HR with a purpose, filled from one column of a file, taken away whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Fault, Invalid, NotFound
from review.domain.group_file import find_group_faults, read_groups
from review.domain.table import Table
from review.domain.text import text
from review.models import GroupAttribute, GroupValue, Person
from review.services import audit
from review.services.first_writes import insert_once

MOST_ATTRIBUTES = 6
OWN_NAMES = frozenset({"function", "country"})
"""What groups go by without any attribute."""


def make_attribute(
    session: Session, name: str, column: str, purpose: str, agreed_in: str, *, actor: Actor, now: datetime
) -> GroupAttribute:
    """Make an attribute, with nobody in any group; the same form sent twice makes one.

    Raises NotFound for anybody but HR, Invalid with every fault.
    """
    _require_hr(actor)
    told = {"name": name.strip(), "column": column.strip(), "purpose": purpose.strip(), "agreed_in": agreed_in.strip()}
    if made := _find_made(session, told, actor):
        return made
    faults = [Fault(text("Please fill this in"), field=field) for field, words in told.items() if not words]
    names = session.scalars(sa.select(GroupAttribute.name)).all()
    if told["name"].casefold() in OWN_NAMES.union(each.casefold() for each in names):
        faults.append(_taken())
    if len(names) >= MOST_ATTRIBUTES:
        faults.append(Fault(text("There are %(most)s already; take one away first", most=MOST_ATTRIBUTES)))
    if faults:
        raise Invalid(faults)
    values = {**told, "made_by_id": actor.person_id, "made_at": now}
    written = insert_once(session, GroupAttribute, values, unique=("name",)).returning(GroupAttribute.id)
    number = session.scalar(written)
    if number is None:  # somebody has made one of this name at this moment
        if made := _find_made(session, told, actor):
            return made
        raise Invalid([_taken()])
    row = session.get_one(GroupAttribute, number)
    _record(session, "group.make", row, actor, now, purpose=row.purpose, agreed_in=row.agreed_in)
    return row


def _find_made(session: Session, told: Mapping[str, str], actor: Actor) -> GroupAttribute | None:
    """Return what the actor has made of the very same words."""
    row = session.scalar(sa.select(GroupAttribute).where(GroupAttribute.name == told["name"]))
    is_same = row is not None and row.made_by_id == actor.person_id
    return row if is_same and all(getattr(row, field) == words for field, words in told.items()) else None


def _taken() -> Fault:
    return Fault(text("Groups go by this already"), field="name")


def fill_attribute(
    session: Session, attribute_id: int, table: Table, *, actor: Actor, now: datetime
) -> tuple[int, int]:
    """Put people into the groups of a file; return how many have one now, and how many rows name nobody here.

    What an earlier file said is replaced whole. Raises NotFound, and Invalid where the column cannot serve.
    """
    row = _lock(session, attribute_id, actor)
    faults = list(find_group_faults(table, row.column))
    if faults:
        raise Invalid(faults)
    groups = read_groups(table, row.column)
    here = sa.select(Person.external_id, Person.id).where(Person.is_external.is_(False))
    known = {number: found for number, found in session.execute(here).all() if number in groups}
    _empty(session, row)
    if known:
        told = {"attribute_id": row.id, "compared_by": row.name}
        values = [{**told, "person_id": found, "group_name": groups[key]} for key, found in known.items()]
        session.execute(sa.insert(GroupValue), values)
    row.filled_at = now
    session.flush()
    _record(session, "group.fill", row, actor, now, people=len(known))
    return len(known), len(groups) - len(known)


def drop_attribute(session: Session, attribute_id: int, *, actor: Actor, now: datetime) -> None:
    """Take an attribute away with all its values; raise NotFound for anybody but HR, and where there is none."""
    row = _lock(session, attribute_id, actor)
    _empty(session, row)
    _record(session, "group.drop", row, actor, now)
    session.delete(row)
    session.flush()


def _empty(session: Session, row: GroupAttribute) -> None:
    session.execute(sa.delete(GroupValue).where(GroupValue.attribute_id == row.id))


def _lock(session: Session, attribute_id: int, actor: Actor) -> GroupAttribute:
    _require_hr(actor)
    row = session.get(GroupAttribute, attribute_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _require_hr(actor: Actor) -> None:
    if not actor.has(Role.HR):
        raise NotFound


def _record(session: Session, kind: str, row: GroupAttribute, actor: Actor, now: datetime, **detail: Any) -> None:
    audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        subject_type="group_attribute",
        subject_id=row.id,
        detail={"name": row.name, **detail},
    )
