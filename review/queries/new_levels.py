"""Who gets which level from which day, for the HR system: what has been announced in a cycle, and nothing before."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.ladder_parts import Level
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Case, Cycle, Decision, Letter, Person
from review.queries.cycles import load_dates
from review.queries.own_part import is_part_of
from review.queries.pinned import load_ladder

PROMOTED = "promote"
TOLD = (str(Phase.ANNOUNCED), str(Phase.CLOSED))


@dataclass(frozen=True)
class NewLevelRow:
    """What was announced to one person. `new_level` and `effective_on` are there where the level changes."""

    external_id: str
    name: str
    email: str
    code: str
    outcome: str
    old_level: Level | None
    new_level: Level | None
    effective_on: date | None
    announced_on: date
    left_on: date | None


def list_new_levels(session: Session, cycle_id: int, actor: Actor) -> tuple[NewLevelRow, ...]:
    """Return what has been announced in a cycle, in the cases that this HR partner runs.

    A decision that was withdrawn, or whose letter is not out, is left out; reasons are never in it. The day is the one
    that stands with the person, as long as they hold the level. Raises NotFound for who is no HR partner in person.
    """
    cycle = session.get(Cycle, cycle_id)
    if cycle is None or not actor.has(Role.HR):
        raise NotFound
    records = session.execute(
        sa.select(Case, Person, Decision.outcome, Letter.released_at)
        .join(Person, Person.id == Case.candidate_id)
        .join(Decision, sa.and_(Decision.case_id == Case.id, Decision.replaced_at.is_(None)))
        .join(Letter, sa.and_(Letter.case_id == Case.id, Letter.decision_id == Decision.id))
        .where(
            Case.cycle_id == cycle_id,
            Case.phase.in_(TOLD),
            Letter.released_at.is_not(None),
            sa.not_(is_part_of(actor.person_id)),
        )
        .order_by(Person.name, Case.code)
    ).all()
    ladder, planned = load_ladder(session, cycle.ladder_version_id), load_dates(session, cycle_id)
    zone = ZoneInfo(cycle.zone)
    return tuple(
        _row(record, ladder, released_at.astimezone(zone).date(), planned.get("effective_date"))
        for *record, released_at in records
        if released_at is not None
    )


def _row(record: list[Any], ladder: Ladder, announced_on: date, planned_on: date | None) -> NewLevelRow:
    case, person, outcome = record
    is_new = outcome == PROMOTED
    written_on = person.level_since_on if person.level_id == case.to_level_id else None
    return NewLevelRow(
        external_id=person.external_id,
        name=person.name,
        email=person.email or "",
        code=case.code,
        outcome=outcome,
        old_level=ladder.level(case.from_level_id) if case.from_level_id else None,
        new_level=ladder.level(case.to_level_id) if is_new else None,
        effective_on=(written_on or planned_on or announced_on) if is_new else None,
        announced_on=announced_on,
        left_on=None if person.is_active else person.left_on,
    )
