"""Published ladder versions: the list, one version, and where the reader stands on it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.ladder import Ladder
from review.domain.values import dataclass
from review.models import LadderVersion, Person
from review.queries.pinned import load_ladder


@dataclass(frozen=True)
class VersionRow:
    """One published version; `is_newest` among the versions of its ladder."""

    id: int
    key: str
    version: str
    name: str
    digest: str
    published_at: datetime
    published_by: str
    proposed_by: str
    is_newest: bool


@dataclass(frozen=True)
class LadderRow:
    """A ladder with its versions, newest first."""

    key: str
    name: str
    versions: tuple[VersionRow, ...]


def may_publish(actor: Actor) -> bool:
    """Tell whether the actor may publish ladder versions."""
    return acting_as(actor, Role.HR) is not None


def list_ladders(session: Session, actor: Actor) -> tuple[LadderRow, ...]:
    """Return every ladder with its versions, by name; nothing for somebody who is not signed in or has left."""
    by_key: dict[str, list[VersionRow]] = {}
    for row in _find_versions(session, actor):
        by_key.setdefault(row.key, []).append(row)
    rows = (LadderRow(key, versions[0].name, tuple(versions)) for key, versions in by_key.items())
    return tuple(sorted(rows, key=lambda row: (row.name, row.key)))


def find_versions_of(session: Session, actor: Actor, version_id: int) -> tuple[VersionRow, ...]:
    """Return a version and, after it, all other versions of its ladder, newest first; nothing if it is unknown."""
    key = sa.select(LadderVersion.key).where(LadderVersion.id == version_id).scalar_subquery()
    rows = _find_versions(session, actor, LadderVersion.key == key)
    return tuple(sorted(rows, key=lambda row: row.id != version_id))


def read_ladder(session: Session, version_id: int) -> Ladder:
    """Return a published version as a ladder; raise NotFound."""
    return load_ladder(session, version_id)


def read_source(session: Session, actor: Actor, version_id: int) -> str | None:
    """Return the YAML of a published version, exactly as it was published."""
    if not _may_read(actor):
        return None
    return session.scalar(sa.select(LadderVersion.source).where(LadderVersion.id == version_id))


def find_own_level(session: Session, actor: Actor, ladder: Ladder) -> str | None:
    """Return the reader's level, None if it is not on this ladder."""
    level_id = session.scalar(sa.select(Person.level_id).where(Person.id == actor.person_id))
    return level_id if level_id in {level.id for level in ladder.levels} else None


def find_published(session: Session, key: str, version: str) -> LadderVersion | None:
    """Return the row of a published version, for those who write."""
    return session.scalar(sa.select(LadderVersion).where(LadderVersion.key == key, LadderVersion.version == version))


def _may_read(actor: Actor) -> bool:
    return actor.is_system or (actor.person_id is not None and actor.is_active)


def _find_versions(session: Session, actor: Actor, *conditions: sa.ColumnElement[bool]) -> list[VersionRow]:
    if not _may_read(actor):
        return []
    proposer = aliased(Person)
    statement = (
        sa.select(LadderVersion, Person.name, proposer.name)
        .outerjoin(Person, Person.id == LadderVersion.published_by_id)
        .outerjoin(proposer, proposer.id == LadderVersion.proposed_by_id)
        .where(*conditions)
        .order_by(LadderVersion.published_at.desc(), LadderVersion.id.desc())
    )
    newest: set[str] = set()
    rows = []
    for version, name, proposed_by in session.execute(statement):
        is_newest = version.key not in newest
        newest.add(version.key)
        rows.append(_row(version, name or "", proposed_by or "", is_newest=is_newest))
    return rows


def _row(version: LadderVersion, published_by: str, proposed_by: str, *, is_newest: bool) -> VersionRow:
    return VersionRow(
        version.id,
        version.key,
        version.version,
        version.name,
        version.digest,
        version.published_at,
        published_by,
        proposed_by,
        is_newest,
    )
