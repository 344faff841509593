"""The directory as an import sees it: whole, in few statements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.ladder import Ladder
from review.domain.ladder_parts import Level
from review.domain.people_changes import KnownPerson, PersonState
from review.models import Employment, LadderVersion, Person
from review.queries.pinned import load_ladder


def list_known_people(session: Session, only: Collection[int] | None = None) -> list[KnownPerson]:
    """Read everybody, or only these, with their manager's external id; an import compares against it."""
    manager = aliased(Person)
    chosen = sa.true() if only is None else Person.id.in_(only)
    rows = session.execute(
        sa.select(
            Person.id,
            Person.is_active,
            Person.external_id,
            Person.name,
            Person.email,
            Person.title,
            Person.function,
            manager.external_id,
            Person.level_id,
            Person.level_since_on,
            Person.joined_on,
            Person.left_on,
            Person.country,
            Person.zone,
        )
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(~Person.is_external, chosen)
        .order_by(Person.id)
    )
    return [KnownPerson(person_id, PersonState(*state), is_active) for person_id, is_active, *state in rows]


def find_levels_today(session: Session, today: date) -> dict[str, str]:
    """Map the external ids of those whose level comes into force on a later day to the level they hold until then."""
    rows = session.execute(
        sa.select(Person.external_id, Employment.level_id)
        .join(Employment, Employment.person_id == Person.id)
        .where(
            Person.level_since_on > today,
            Employment.until_on == Person.level_since_on,
            Employment.level_id != Person.level_id,
        )
    )
    return {external_id: level_id for external_id, level_id in rows if level_id is not None}


def find_level_names(session: Session) -> dict[str, str]:
    """Map what a level of the newest ladders may be called, id or code in lower case, to its id; ids win."""
    levels = _newest_levels(session)
    codes = {level.code.casefold(): level.id for level in levels if level.code}
    return codes | {level.id.casefold(): level.id for level in levels}


def find_level_titles(session: Session) -> dict[str, str]:
    """Map the id of each level of the newest ladders to its code and name, for people to read."""
    return {level.id: level.label for level in _newest_levels(session)}


def list_newest_ladders(session: Session) -> list[Ladder]:
    """Return the newest version of each ladder."""
    versions = session.execute(
        sa.select(LadderVersion.key, LadderVersion.id).order_by(LadderVersion.published_at, LadderVersion.id)
    )
    newest = {row[0]: row[1] for row in versions}
    return [load_ladder(session, version_id) for version_id in newest.values()]


def _newest_levels(session: Session) -> list[Level]:
    return [level for ladder in list_newest_ladders(session) for level in ladder.levels]
