"""How many cases of a cycle stand where, counted out of the indexes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.values import dataclass
from review.domain.workflow_order import merge_orders
from review.models import Case, WorkflowVersion
from review.queries.cycle_narrowing import IS_LATE
from review.queries.cycle_pages import CYCLE_ID, ME
from review.queries.own_part import is_part_of
from review.queries.pinned import find_definition
from review.queries.ready import Ready


@dataclass(frozen=True)
class StageRow:
    """A state with how many of all cases are in it, and how many of them are late."""

    state_id: str
    title: str
    count: int
    late: int


def count_stages(session: Session, values: dict[str, Any]) -> tuple[StageRow, ...]:
    """Count by state, in the order of the workflows; a state that two workflows share is one stage."""
    found: dict[str, StageRow] = {}
    orders: set[tuple[str, ...]] = set()
    for version_id, digest, state, count, number_late in _STAGES.rows(session.connection(), values):
        definition = find_definition(session, version_id, digest)
        same = found.get(state) or StageRow(state, definition.states[state].title, 0, 0)
        found[state] = replace(same, count=same.count + count, late=same.late + number_late)
        orders.add(definition.in_order)
    return tuple(found[state] for state in merge_orders(frozenset(orders)) if state in found)


def _stages() -> sa.Select[Any]:
    """Return the statement that counts all cases of a cycle by workflow and state.

    All are counted out of one index, the state first in their groups as it is there, then the late ones out of another;
    then those are taken off that the reader is part of, who are few: no index of the cycle is gone through for them,
    since a sum stands in the place of its number.
    """
    one, none = sa.literal_column("1", sa.Integer), sa.literal_column("0", sa.Integer)
    is_in, is_own = Case.cycle_id == CYCLE_ID, (Case.cycle_id + 0 == CYCLE_ID, is_part_of(ME))
    place = Case.workflow_version_id, Case.state
    every, is_late = sa.func.count().label("number"), sa.case((IS_LATE, one), else_=none)
    counted = sa.union_all(
        sa.select(*place, every, none.label("late")).where(is_in).group_by(Case.state, Case.workflow_version_id),
        sa.select(*place, none, one).where(is_in, IS_LATE),
        sa.select(*place, -one, -is_late).where(*is_own),
    ).subquery("counted")
    version_id, state = counted.c.workflow_version_id, counted.c.state
    number, number_late = (sa.cast(sa.func.sum(each), sa.Integer) for each in (counted.c.number, counted.c.late))
    return (
        sa.select(version_id, WorkflowVersion.digest, state, number, number_late)
        .join(WorkflowVersion, WorkflowVersion.id == version_id)
        .group_by(version_id, WorkflowVersion.digest, state)
        .having(number > 0)
    )


_STAGES = Ready(_stages)
