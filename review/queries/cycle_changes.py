"""What a change to a running cycle would do, before anybody does it: who would be nominated, what would move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.schedule import Calendar, find_due
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.domain.working_days import holidays_of
from review.models import Case, CaseToken, Cycle, OptOut
from review.queries.cycles import load_dates
from review.queries.eligibility import list_eligible
from review.queries.own_part import is_part_of
from review.queries.pinned import load_definition


@dataclass(frozen=True)
class Eligible:
    """Somebody who would be nominated, from which level to which."""

    person_id: int
    name: str
    function: str
    from_level_id: str
    to_level_id: str


@dataclass(frozen=True)
class OpenNominations:
    """A dry run of nominating everybody: who would be, and who chooses for themselves because the ladder forks."""

    eligible: tuple[Eligible, ...]
    choosing: tuple[str, ...]


def find_nominations(
    session: Session, cycle_id: int, *, actor: Actor, now: datetime, only: Collection[int] | None = None
) -> OpenNominations:
    """Return who is eligible for exactly one promotion and has neither a case nor opted out; five statements.

    Args:
        only: of these people alone, by number.
    """
    cycle = session.get_one(Cycle, cycle_id)
    taken = sa.select(Case.candidate_id).where(Case.cycle_id == cycle_id)
    out = sa.select(OptOut.person_id).where(OptOut.cycle_id == cycle_id)
    passed_over = set(session.scalars(taken.union(out)))
    eligible, choosing = [], []
    for row in list_eligible(session, cycle, actor=actor, now=now, only=only):
        if row.person_id in passed_over or row.level_id is None:
            continue
        if len(row.target_ids) == 1:
            eligible.append(Eligible(row.person_id, row.name, row.function, row.level_id, row.target_ids[0]))
        else:
            choosing.append(row.name)
    return OpenNominations(tuple(eligible), tuple(choosing))


def count_moved(session: Session, cycle_id: int, name: str, day: date, *, actor: Actor, now: datetime) -> int:
    """Return in how many running cases that the actor finds something would be due on another day, if a date moved."""
    cycle = session.get_one(Cycle, cycle_id)
    dates = {**load_dates(session, cycle_id), name: day}
    calendar = Calendar(ZoneInfo(cycle.zone), holidays_of(cycle.country, now.year - 1), dates)
    rows = session.execute(
        sa.select(CaseToken, Case.state, Case.workflow_version_id)
        .join(Case, Case.id == CaseToken.case_id)
        .where(Case.cycle_id == cycle_id, Case.closed_at.is_(None), sa.not_(is_part_of(actor.person_id)))
    )
    moved: set[int] = set()
    for token, here, version_id in rows.all():
        definition = load_definition(session, version_id)
        machine = definition if token.region == MAIN else definition.states[here].regions[token.region]
        state = machine.states[token.state]
        due_at = find_due(state.due, token.entered_at, calendar) if state.due else None
        if due_at != token.due_at and not is_given_longer(token, due_at):
            moved.add(token.case_id)
    return len(moved)


def is_given_longer(token: Any, due_at: datetime | None) -> bool:
    """Tell whether HR gave a place of a case (a CaseToken, or its columns) a later day than this one, or than none."""
    return token.is_extended and token.due_at is not None and (due_at is None or due_at < token.due_at)
