"""Cases that somebody is part of or close to, as one condition for the lists that HR and others page through."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm

from review.models import Case, Conflict, Cycle, Employment, Feedback, Person
from review.queries.fixed_words import fixed
from review.queries.parties import ASKED_STATES, is_in_the_race

_ME, _CASE = sa.orm.aliased(Person), sa.orm.aliased(Case)
"""The same for every statement: what stands for a table there is large, and made once."""


def is_part_of(person_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that somebody is part of a case, or close to it: that it is among select_part()."""
    return Case.id.in_(select_part(person_id))


def select_part(person_id: Any) -> sa.CompoundSelect[Any]:
    """Return the numbers of one's own cases, of somebody below or above, those declared, and where one was asked.

    So are those that one is the manager of by a handover, and those of rivals, see select_rivals().

    `person_id` is a number, None for nobody, or a parameter of a statement that is built once.
    The same people lose their HR work on one case by roles_in(); a list leaves these cases out.
    """
    below: Any = sa.select(Person.id).where(Person.manager_id == person_id).cte(recursive=True)
    below = below.union(sa.select(Person.id).where(Person.manager_id == below.c.id))
    return sa.union_all(  # found from the person's side, each by an index, and once: not asked anew of every case
        sa.select(_CASE.id).where(_CASE.candidate_id == person_id),
        sa.select(_CASE.id).where(_CASE.manager_id == person_id),
        sa.select(_CASE.id).where(_CASE.candidate_id.in_(sa.select(below.c.id))),
        sa.select(_CASE.id).join(_ME, _ME.manager_id == _CASE.candidate_id).where(_ME.id == person_id),
        sa.select(Conflict.case_id).where(Conflict.person_id == person_id),
        sa.select(Feedback.case_id).where(Feedback.giver_id == person_id, Feedback.state.in_(fixed(ASKED_STATES))),
        sa.select(_CASE.id)
        .join(Employment, Employment.person_id == _CASE.candidate_id)
        .where(Employment.manager_id == person_id, Employment.until_on >= sa.func.date(_CASE.created_at)),
        select_rivals(person_id),
    )


def select_rivals(person_id: Any) -> sa.Select[Any]:
    """Return the numbers of others' cases for a level with few seats that somebody is a candidate for themselves."""
    few = sa.cast(Cycle.policy["seat_limited_levels"], sa.Text)  # a JSON list: each level stands in it between quotes
    level = sa.literal('"') + _CASE.to_level_id + sa.literal('"')
    is_for_both = sa.and_(Case.cycle_id == _CASE.cycle_id, Case.to_level_id == _CASE.to_level_id)
    return (
        sa.select(_CASE.id)
        .join(Case, sa.and_(is_for_both, Case.id != _CASE.id))
        .join(Cycle, Cycle.id == _CASE.cycle_id)
        .where(Case.candidate_id == person_id, is_in_the_race(), sa.func.replace(few, level, "") != few)
        .correlate(None)
    )


def select_near(person_id: int | None) -> sa.Select[Any]:
    """Return the numbers of everybody in one line with the actor, and of whose cases the actor is part of any."""
    theirs = sa.select(Case.candidate_id).where(is_part_of(person_id))
    near = sa.union_all(select_line(person_id), theirs).subquery()
    return sa.select(near.c[0])


def select_line(person_id: int | None) -> sa.Select[Any]:
    """Return the numbers of the actor, of everybody below, and of the own manager."""
    line: Any = sa.select(Person.id).where(Person.id == person_id).cte(recursive=True)
    line = line.union(sa.select(Person.id).where(Person.manager_id == line.c.id))
    manager = sa.select(Person.manager_id).where(Person.id == person_id, Person.manager_id.is_not(None))
    close = sa.union_all(sa.select(line.c.id), manager).subquery()
    return sa.select(close.c.id)
