"""How long each case stood in each stage, from the moves in the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.insight.facts import Stay
from review.domain.phase import Phase
from review.domain.workflow import Definition
from review.domain.workflow_order import merge_orders
from review.models import AuditEvent, Case
from review.queries.closeness import CaseColumns
from review.queries.pinned import load_definition
from review.queries.told import TOLD

PREFIX = "case."
OPENED = "case.open"
DAY = 86_400
EVENT, CASE = sa.inspect(AuditEvent).local_table.c, sa.inspect(Case).local_table.c


def read_stays(
    session: Session, cycle_id: int, cases: Sequence[CaseColumns]
) -> tuple[tuple[Stay, ...], frozenset[int]]:
    """Return the days of each case in each stage that it has left, and which cases were sealed; one statement.

    A move that no workflow of these cases names any more is not counted.
    """
    definitions = {number: load_definition(session, number) for number in {case.workflow_version_id for case in cases}}
    kinds = {PREFIX + action for each in definitions.values() for action in each.actions} | {OPENED}
    rows = session.execute(
        sa.select(EVENT.case_id, EVENT.kind, EVENT.at)
        .select_from(EVENT.seq.table)
        .join(CASE.id.table, CASE.id == EVENT.case_id)
        .where(CASE.cycle_id == cycle_id, CASE.phase.in_(TOLD), EVENT.kind.in_(sorted(kinds)))
        .order_by(EVENT.case_id, EVENT.seq)
    ).all()
    moves: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for case_id, kind, at in rows:
        moves[case_id].append((kind, at))
    shut = {number: _sealed_states(each) for number, each in definitions.items()}
    in_order = merge_orders(frozenset(each.in_order for each in definitions.values()))
    order = {state: place for place, state in enumerate(in_order)}
    stays: list[Stay] = []
    sealed: set[int] = set()
    for case in cases:
        definition = definitions[case.workflow_version_id]
        found = _stays(definition, moves[case.id])
        stays += (Stay(order[state], definition.states[state].title, days) for state, days in found.items())
        if not found.keys().isdisjoint(shut[case.workflow_version_id]):
            sealed.add(case.id)
    return tuple(stays), frozenset(sealed)


def _sealed_states(definition: Definition) -> frozenset[str]:
    """Return the states in which the packet is sealed."""
    phases = {name: state.phase or Phase.DRAFT for name, state in definition.states.items()}
    return frozenset(name for name, phase in phases.items() if phase.rank >= Phase.SEALED.rank)


def _stays(definition: Definition, moves: Sequence[tuple[str, datetime]]) -> dict[str, float]:
    """Return the days in each state that was left, all visits together; the last one goes on and is not counted."""
    days: dict[str, float] = {}
    here, since = definition.initial, None
    for kind, at in moves:
        action = definition.actions.get(kind.removeprefix(PREFIX))
        if kind == OPENED or since is None:
            since = at
            continue
        if action is not None and action.to != here:
            days[here] = days.get(here, 0.0) + (at - since).total_seconds() / DAY
            here, since = action.to, at
    return days
