"""Keeping what was true of people from one day to another: manager, title, function, level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.values import dataclass
from review.models import Employment, Person

T = TypeVar("T")
CHUNK = 5000


@dataclass(frozen=True)
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

    A row of a single day is kept, so that whoever was manager for a morning is not forgotten. What changes before a new
    level has come into force parts the row in between; the level still comes on its day, unless the person has left.
    """
    by_id = {standing.person_id: standing for standing in standings}
    found: dict[int, list[Employment]] = defaultdict(list)
    for ids in chunks(list(by_id)):
        is_ahead = sa.or_(Employment.until_on.is_(None), Employment.until_on > on)
        rows = sa.select(Employment).where(Employment.person_id.in_(ids), is_ahead)
        for row in session.scalars(rows.order_by(Employment.from_on, Employment.id)):
            found[row.person_id].append(row)
    new_rows: list[dict[str, object]] = []
    for person_id, standing in by_id.items():
        last = found[person_id][-1] if found[person_id] else None
        if last is None or last.until_on is not None:
            new_rows += _open(standing, on)
        elif standing.holds(last):
            continue
        elif last.from_on > on:
            new_rows += _part(session, found[person_id][0], last, standing, on)
        else:
            last.until_on = on
            new_rows += _open(standing, on)
    session.flush()
    if new_rows:
        session.execute(sa.insert(Employment), new_rows)


def write_level(session: Session, person: Person, since: date) -> None:
    """Let a person's level hold from a day on, which may have passed; who was their manager when stays as it was."""
    ahead = sa.or_(Employment.until_on.is_(None), Employment.until_on > since)
    rows = sa.select(Employment).where(Employment.person_id == person.id, ahead)
    found = session.scalars(rows.order_by(Employment.from_on, Employment.id)).all()
    last: Employment | None = None
    for row in found:
        now = Standing(person.id, row.manager_id, row.title, row.function, person.level_id)
        if row.from_on < since:
            last = Employment(**_values(now, since, until_on=row.until_on))
            row.until_on = since
            session.add(last)
        elif last is not None and now.holds(last):
            last.until_on = row.until_on
            session.delete(row)
        else:
            row.level_id, last = person.level_id, row
    if not found and person.is_active:
        session.add(Employment(**_values(standing_of(person), since)))
    session.flush()


def _open(standing: Standing, on: date) -> list[dict[str, object]]:
    return [_values(standing, on)] if standing.is_here else []


def _part(
    session: Session, current: Employment, ahead: Employment, standing: Standing, on: date
) -> list[dict[str, object]]:
    """End the row that holds on a day and say what follows: up to the level that lies ahead, and from its day on."""
    has_current = current is not ahead and current.from_on <= on
    if has_current:
        current.until_on = on
    if not standing.is_here or standing.level_id != ahead.level_id:
        session.delete(ahead)
        return _open(standing, on)
    ahead.manager_id, ahead.title, ahead.function = standing.manager_id, standing.title, standing.function
    between = replace(standing, level_id=current.level_id)
    return [_values(between, on, until_on=ahead.from_on)] if has_current else []


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a long list into pieces that a statement can carry."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _values(standing: Standing, from_on: date, *, until_on: date | None = None) -> dict[str, object]:
    return {
        "person_id": standing.person_id,
        "manager_id": standing.manager_id,
        "title": standing.title,
        "function": standing.function,
        "level_id": standing.level_id,
        "from_on": from_on,
        "until_on": until_on,
    }
