"""Whom and what a new version of a ladder concerns: people at its levels, open cases, cycles that are being set up."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.ladder_impact import LevelImpact, find_impact
from review.domain.values import dataclass
from review.models import Case, Cycle, LadderVersion, Person
from review.queries.ladder_drafts import Draft
from review.queries.own_part import is_part_of

MOST_NAMED = 50
"""People of a level that are named; the count holds all."""


@dataclass(frozen=True)
class Concerned:
    """A level with what becomes of it, and who is at it: all counted, the first of them named."""

    level: LevelImpact
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class CycleLine:
    """A cycle that keeps a version of the ladder, with its open cases."""

    id: int
    name: str
    version: str
    cases: int


@dataclass(frozen=True)
class Impact:
    """What a draft means: levels with people, running cycles that keep their version, and cycles in draft."""

    levels: tuple[Concerned, ...]
    running: tuple[CycleLine, ...]
    in_draft: tuple[CycleLine, ...]


def load_impact(session: Session, draft: Draft, actor: Actor) -> Impact:
    """Return what a draft means, for who may read it (see `load_draft`); two statements for any number of rows.

    Cases that the actor is part of or close to are not counted.
    """
    found = find_impact(draft.published, draft.ladder) if draft.published else ()
    people = _find_people(session, [each.level_id for each in found])
    levels = tuple(Concerned(each, *people.get(each.level_id, (0, ()))) for each in found)
    cycles = _find_cycles(session, draft.row.key, actor)
    running = tuple(line for state, line in cycles if state == "open")
    return Impact(levels, running, tuple(line for state, line in cycles if state == "draft"))


def _find_people(session: Session, level_ids: list[str]) -> dict[str, tuple[int, tuple[str, ...]]]:
    if not level_ids:
        return {}
    rows = session.execute(
        sa.select(Person.level_id, Person.name)
        .where(Person.level_id.in_(level_ids), Person.is_active)
        .order_by(Person.name, Person.id)
    )
    by_level: dict[str, list[str]] = defaultdict(list)
    for level_id, name in rows:
        by_level[level_id or ""].append(name)
    return {key: (len(names), tuple(names[:MOST_NAMED])) for key, names in by_level.items()}


def _find_cycles(session: Session, key: str, actor: Actor) -> tuple[tuple[str, CycleLine], ...]:
    is_open = sa.and_(Case.cycle_id == Cycle.id, Case.closed_at.is_(None), sa.not_(is_part_of(actor.person_id)))
    rows = session.execute(
        sa.select(Cycle.state, Cycle.id, Cycle.name, LadderVersion.version, sa.func.count(Case.id))
        .join(LadderVersion, LadderVersion.id == Cycle.ladder_version_id)
        .outerjoin(Case, is_open)
        .where(LadderVersion.key == key)
        .group_by(Cycle.state, Cycle.id, Cycle.name, LadderVersion.version)
        .order_by(Cycle.id)
    )
    return tuple((state, CycleLine(number, name, version, cases)) for state, number, name, version, cases in rows)
