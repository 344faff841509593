"""A people file of everybody in which some have changed, as a personnel system writes one each night."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.people_file import PersonField
from review.models import Person

CHANGED = 10
"""One in so many has another title."""
MOVED = 50
"""One in so many has another manager."""
LEFT_OUT = 500
"""One in so many is not in the file any more: has left."""
JOINED = 100
"""For so many there is one who joins."""
HEADER = [name.value for name in PersonField if name is not PersonField.MANAGER_KEY]


def write_people_file(session: Session) -> bytes:
    """Return the file as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(_rows(session))
    return out.getvalue().encode()


def _rows(session: Session) -> Iterator[list[object]]:
    manager = aliased(Person)
    columns = (Person.external_id, Person.name, Person.email, Person.title, Person.function, manager.external_id)
    more = (Person.level_id, Person.level_since_on, Person.joined_on, Person.left_on, Person.country, Person.zone)
    everybody = sa.select(*columns, *more).outerjoin(manager, manager.id == Person.manager_id)
    rows = session.execute(everybody.where(~Person.is_external).order_by(Person.id)).all()
    leading = {row[5] for row in rows}
    top = next(row[0] for row in rows if row[5] is None)
    for number, row in enumerate(rows):
        cells = list(row)
        if row[0] not in leading and number % LEFT_OUT == 1:
            continue
        if number % CHANGED == 2:
            cells[3] = f"{row[3]}, new"
        if number % MOVED == 3 and row[0] != top:
            cells[5] = top
        yield cells
        if number % JOINED == 4:
            yield [
                f"new-{number}",
                f"New {number}",
                f"new.{number}@scale.example",
                "Analyst",
                row[4],
                row[0],
                *[""] * 6,
            ]
