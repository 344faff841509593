"""Whom somebody may nominate in a cycle, and for which levels."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.ladder import Level
from review.domain.ladder_parts import Question
from review.models import Case, OptOut, Person
from review.queries.cycles import CycleDetail, load_cycle
from review.queries.pinned import load_ladder


@dataclass(frozen=True, slots=True)
class Nominable:
    """Somebody who may be nominated, with the name and level that the choice shows."""

    id: int
    label: str


@dataclass(frozen=True, slots=True)
class NominationPage:
    """What the nomination page offers to one reader."""

    cycle: CycleDetail
    people: tuple[Nominable, ...]
    levels: tuple[Level, ...]
    role_fit: tuple[Question, ...]
    has_own_case: bool
    has_opted_out: bool


def load_nomination_page(session: Session, cycle_id: int, actor: Actor) -> NominationPage:
    """Return whom the actor may nominate: themselves, direct reports (also for a delegator), as HR everybody."""
    cycle = load_cycle(session, cycle_id, actor)
    ladder = load_ladder(session, cycle.ladder_version_id)
    me = actor.person_id
    taken = sa.select(Case.candidate_id).where(Case.cycle_id == cycle_id)
    statement = sa.select(Person.id, Person.name, Person.title).where(Person.is_active, Person.id.not_in(taken))
    if not actor.has(Role.HR):
        statement = statement.where(sa.or_(Person.id == me, Person.manager_id.in_([me, *actor.delegators])))
    rows = session.execute(statement.order_by(Person.name)).all()
    own = sa.exists().where(Case.cycle_id == cycle_id, Case.candidate_id == me)
    out = sa.exists().where(OptOut.cycle_id == cycle_id, OptOut.person_id == me)
    has_case, has_out = session.execute(sa.select(own, out)).one()
    reachable = {move.to_level for move in ladder.moves}
    return NominationPage(
        cycle=cycle,
        people=tuple(Nominable(row.id, f"{row.name}, {row.title}" if row.title else row.name) for row in rows),
        levels=tuple(level for level in ladder.levels if level.id in reachable),
        role_fit=ladder.role_fit,
        has_own_case=has_case,
        has_opted_out=has_out,
    )
