"""What a change to a running cycle would do, before anybody does it: who would be nominated, what would move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.eligibility import Nominee, find_obstacles
from review.domain.ladder import Ladder
from review.domain.schedule import Calendar, find_due
from review.domain.workflow import MAIN
from review.domain.working_days import holidays_of
from review.models import Case, CaseToken, Cycle, OptOut, Person
from review.queries.cycles import load_dates
from review.queries.pinned import load_definition, load_ladder


@dataclass(frozen=True, slots=True)
class Eligible:
    """Somebody who would be nominated, from which level to which."""

    person_id: int
    name: str
    function: str
    from_level_id: str
    to_level_id: str


@dataclass(frozen=True, slots=True)
class OpenNominations:
    """A dry run of nominating everybody: who would be, and who chooses for themselves because the ladder forks."""

    eligible: tuple[Eligible, ...]
    choosing: tuple[str, ...]


def find_nominations(session: Session, cycle_id: int, *, now: datetime) -> OpenNominations:
    """Return who is eligible for exactly one promotion and has neither a case nor opted out; three statements."""
    cycle = session.get_one(Cycle, cycle_id)
    ladder = load_ladder(session, cycle.ladder_version_id)
    taken = sa.select(Case.candidate_id).where(Case.cycle_id == cycle_id)
    out = sa.select(OptOut.person_id).where(OptOut.cycle_id == cycle_id)
    levels = [level.id for level in ladder.levels]
    people = session.execute(
        sa.select(Person.id, Person.name, Person.function, Person.level_id, Person.level_since_on)
        .where(Person.is_active, Person.level_id.in_(levels), Person.id.not_in(taken), Person.id.not_in(out))
        .order_by(Person.name, Person.id)
    ).all()
    today = now.astimezone(ZoneInfo(cycle.zone)).date()
    eligible, choosing = [], []
    for person in people:
        targets = [
            level_id
            for level_id in promotions_within_track(ladder, person.level_id)
            if not find_obstacles(ladder, _nominee(person.level_id, person.level_since_on, level_id), today)
        ]
        if len(targets) == 1:
            eligible.append(Eligible(person.id, person.name, person.function, person.level_id, targets[0]))
        elif targets:
            choosing.append(person.name)
    return OpenNominations(tuple(eligible), tuple(choosing))


def promotions_within_track(ladder: Ladder, level_id: str) -> tuple[str, ...]:
    """Return the levels that a promotion without a change of track leads to."""
    here = set(ladder.level(level_id).tracks)
    nexts = ladder.next_levels(level_id)
    return tuple(level.id for level in nexts if not here or here & set(level.tracks))


def count_moved(session: Session, cycle_id: int, name: str, day: date, *, now: datetime) -> int:
    """Return in how many running cases something would be due on another day, if a date of the cycle moved."""
    cycle = session.get_one(Cycle, cycle_id)
    dates = {**load_dates(session, cycle_id), name: day}
    calendar = Calendar(ZoneInfo(cycle.zone), holidays_of(cycle.country, now.year - 1), dates)
    rows = session.execute(
        sa.select(CaseToken, Case.state, Case.workflow_version_id)
        .join(Case, Case.id == CaseToken.case_id)
        .where(Case.cycle_id == cycle_id, Case.closed_at.is_(None))
    )
    moved: set[int] = set()
    for token, here, version_id in rows.all():
        definition = load_definition(session, version_id)
        machine = definition if token.region == MAIN else definition.states[here].regions[token.region]
        state = machine.states[token.state]
        due_at = find_due(state.due, token.entered_at, calendar) if state.due else None
        if due_at != token.due_at:
            moved.add(token.case_id)
    return len(moved)


def _nominee(level_id: str, since_on: date | None, to_level_id: str) -> Nominee:
    return Nominee(
        is_active=True,
        level_id=level_id,
        level_since_on=since_on,
        kind="promotion",
        from_level_id=level_id,
        to_level_id=to_level_id,
    )
