"""Keeping what was true of people from one day to another: manager, title, function, level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Employment, Person

CHUNK = 5000


def write_history(session: Session, people: Iterable[Person], on: date) -> None:
    """Close the open row of everybody whose row no longer holds and open a new one; leavers get none.

    A row of a single day is kept, so that whoever was manager for a morning is not forgotten.
    """
    by_id = {person.id: person for person in people}
    open_rows: dict[int, Employment] = {}
    for ids in chunks(list(by_id)):
        found = session.scalars(
            sa.select(Employment).where(Employment.person_id.in_(ids), Employment.until_on.is_(None))
        )
        open_rows.update((row.person_id, row) for row in found)
    for person in by_id.values():
        row = open_rows.get(person.id)
        if row is not None and person.is_active and _holds(row, person):
            continue
        if row is not None:
            row.until_on = max(on, row.from_on)
        if person.is_active:
            session.add(_row_of(person, on if row is None else max(on, row.from_on)))
    session.flush()


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut a long list of ids into pieces that a statement can carry."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _holds(row: Employment, person: Person) -> bool:
    return (row.manager_id, row.title, row.function, row.level_id) == (
        person.manager_id,
        person.title,
        person.function,
        person.level_id,
    )


def _row_of(person: Person, on: date) -> Employment:
    return Employment(
        person_id=person.id,
        manager_id=person.manager_id,
        title=person.title,
        function=person.function,
        level_id=person.level_id,
        from_on=on,
    )
