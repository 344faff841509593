"""Who could have been nominated when a cycle opened and was not, counted by group and level."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.insight.facts import EligibleFact
from review.domain.ladder import Ladder
from review.models import Case, Cycle, Person
from review.queries.eligibility import promotions_within_track


def count_eligible(
    session: Session, cycle: Cycle, ladder: Ladder, group: Any, *, taken: Collection[int], actor: Actor
) -> tuple[EligibleFact, ...]:
    """Return how many people had been at their level long enough on the day the cycle opened; one statement.

    Those of the cases `taken` are counted by their cases. Whoever is above, below or the actor is left out, with a case
    or without.
    """
    if cycle.opened_at is None:
        return ()
    on = cycle.opened_at.astimezone(ZoneInfo(cycle.zone)).date()
    ready = [
        sa.and_(Person.level_id == level.id, Person.level_since_on <= months_before(on, level.min_months or 0))
        for level in ladder.levels
        if promotions_within_track(ladder, level.id)
    ]
    mine = sa.select(Case.candidate_id).where(Case.cycle_id == cycle.id, Case.id.in_(sorted(taken)))
    rows = session.execute(
        sa.select(group, Person.level_id, sa.func.count())
        .where(Person.is_active, sa.or_(sa.false(), *ready), Person.id.not_in(mine))
        .where(Person.id.not_in(_close_to(actor.person_id)))
        .group_by(group, Person.level_id)
    ).all()
    names = {level.id: level.code or level.name for level in ladder.levels}
    return tuple(EligibleFact(name or "", names[level], count) for name, level, count in rows)


def months_before(on: date, months: int) -> date:
    """Return the last day from which so many whole months have passed by a day."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    day = on.day
    while True:
        try:
            return date(year, month + 1, day)
        except ValueError:
            day -= 1


def _close_to(person_id: int | None) -> sa.Select[Any]:
    """Return the numbers of the actor, of everybody below, and of the own manager."""
    below: Any = sa.select(Person.id).where(Person.id == person_id).cte("below", recursive=True)
    below = below.union(sa.select(Person.id).where(Person.manager_id == below.c.id))
    manager = sa.select(Person.manager_id).where(Person.id == person_id, Person.manager_id.is_not(None))
    close = sa.union_all(sa.select(below.c.id), manager).subquery()
    return sa.select(close.c.id)
