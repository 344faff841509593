"""Keeping what was true of people from one day to another: manager, title, function, level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Employment, Person

T = TypeVar("T")
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Standing:
    """What the history keeps of a person, as it is from now on; somebody who is not here gets no row."""

    person_id: int
    manager_id: int | None
    title: str
    function: str
    level_id: str | None
    is_here: bool = True

    def holds(self, row: Employment) -> bool:
        """Tell whether an open row still says the same."""
        kept = (row.manager_id, row.title, row.function, row.level_id)
        return self.is_here and kept == (self.manager_id, self.title, self.function, self.level_id)


def standing_of(person: Person) -> Standing:
    """Read from a person what the history keeps."""
    return Standing(
        person.id, person.manager_id, person.title, person.function, person.level_id, is_here=person.is_active
    )


def write_history(session: Session, standings: Iterable[Standing], on: date) -> None:
    """Close the open row of everybody whose row no longer holds and open a new one; leavers get none.

    A row of a single day is kept, so that whoever was manager for a morning is not forgotten.
    """
    by_id = {standing.person_id: standing for standing in standings}
    open_rows: dict[int, Employment] = {}
    for ids in chunks(list(by_id)):
        found = sa.select(Employment).where(Employment.person_id.in_(ids), Employment.until_on.is_(None))
        open_rows.update((row.person_id, row) for row in session.scalars(found))
    new_rows: list[dict[str, object]] = []
    for person_id, standing in by_id.items():
        row = open_rows.get(person_id)
        if row is not None and standing.holds(row):
            continue
        starts_on = on if row is None else max(on, row.from_on)
        if row is not None:
            row.until_on = starts_on
        if standing.is_here:
            new_rows.append(_values(standing, starts_on))
    session.flush()
    if new_rows:
        session.execute(sa.insert(Employment), new_rows)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a long list into pieces that a statement can carry."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _values(standing: Standing, from_on: date) -> dict[str, object]:
    return {
        "person_id": standing.person_id,
        "manager_id": standing.manager_id,
        "title": standing.title,
        "function": standing.function,
        "level_id": standing.level_id,
        "from_on": from_on,
    }
