"""How far people files are looked at or taken in, and what came of it, for those who keep the directory."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Right
from review.domain.errors import NotFound
from review.domain.people_imports import ImportState
from review.domain.values import dataclass
from review.models import PeopleImport, Person
from review.queries.people import may

LATEST = 5
OF_LOOKS = (ImportState.LOOKING, ImportState.LOOKED)


@dataclass(frozen=True)
class ImportShown:
    """A people file as its page shows it; of a look `kept` is the SHA-256 of what says what it found."""

    id: int
    digest: str
    name: str
    reading: dict[str, Any]
    kept: str
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
    PeopleImport.digest,
    PeopleImport.name,
    PeopleImport.reading,
    PeopleImport.fingerprint,
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
    return _list_latest(session, actor, PeopleImport.state.not_in(OF_LOOKS))


def list_latest_looks(session: Session, actor: Actor) -> list[ImportShown]:
    """Return the files that a worker looks at or has looked at and that are not asked for since, the newest first."""
    later = sa.orm.aliased(PeopleImport)
    is_asked_for = sa.exists().where(
        later.digest == PeopleImport.digest,
        later.state.not_in(OF_LOOKS),
        later.asked_at >= PeopleImport.asked_at,
    )
    return _list_latest(session, actor, sa.and_(PeopleImport.state.in_(OF_LOOKS), ~is_asked_for))


def _list_latest(session: Session, actor: Actor, which: sa.ColumnElement[bool]) -> list[ImportShown]:
    if not may(actor, Right.WRITE, "directory"):
        return []
    newest = _SHOWN.where(which).order_by(PeopleImport.id.desc()).limit(LATEST)
    return [ImportShown(*row) for row in session.execute(newest)]
