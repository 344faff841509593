"""How far people files are taken in, and what came of them, for those who keep the directory."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Right
from review.domain.errors import NotFound
from review.domain.values import dataclass
from review.models import PeopleImport, Person
from review.queries.people import may

LATEST = 5


@dataclass(frozen=True)
class ImportShown:
    """A people file as its page shows it."""

    id: int
    name: str
    state: str
    total: int
    done: int
    counts: dict[str, int]
    faults: list[dict[str, Any]]
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    asked_by: str


_SHOWN = sa.select(
    PeopleImport.id,
    PeopleImport.name,
    PeopleImport.state,
    PeopleImport.total,
    PeopleImport.done,
    PeopleImport.counts,
    PeopleImport.faults,
    PeopleImport.asked_at,
    PeopleImport.started_at,
    PeopleImport.ended_at,
    Person.name,
).join(Person, Person.id == PeopleImport.asked_by_id)


def find_import(session: Session, actor: Actor, import_id: int) -> ImportShown:
    """Return one file's way into the directory; raise NotFound for whoever may not write the directory."""
    row = session.execute(_SHOWN.where(PeopleImport.id == import_id)).one_or_none()
    if row is None or not may(actor, Right.WRITE, "directory"):
        raise NotFound
    return ImportShown(*row)


def list_latest_imports(session: Session, actor: Actor) -> list[ImportShown]:
    """Return the files that were asked for last, the newest first."""
    if not may(actor, Right.WRITE, "directory"):
        return []
    return [ImportShown(*row) for row in session.execute(_SHOWN.order_by(PeopleImport.id.desc()).limit(LATEST))]
