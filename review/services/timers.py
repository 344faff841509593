"""Due dates and timer rows: set when a state is entered, gone when it is left, moved when a cycle date moves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.schedule import Calendar, PlannedTimer, find_due, plan_timers
from review.domain.workflow import MAIN, State
from review.domain.working_days import holidays_of
from review.models import Case, CaseToken, Cycle, Feedback, Timer
from review.queries.cycles import load_dates
from review.queries.pinned import load_definition


def calendar_of(session: Session, cycle: Cycle, now: datetime) -> Calendar:
    """Return the time of a cycle: zone, working days, named dates."""
    return Calendar(ZoneInfo(cycle.zone), holidays_of(cycle.country, now.year - 1), load_dates(session, cycle.id))


def enter(
    session: Session, case: Case, calendar: Calendar, place: str, state: State, *, entry: int, now: datetime
) -> datetime | None:
    """Write the timers of a state that has just been entered; return when it is due.

    Args:
        place: a region, or `feedback:12`, `seat:7`.
        entry: the case's move that led here.
    """
    session.add_all(_row(case, place, entry, planned) for planned in plan_timers(state, now, calendar))
    return find_due(state.due, now, calendar) if state.due else None


def leave(session: Session, case: Case, places: Collection[str]) -> None:
    """Take away the timers of places that are left, unless they have fired."""
    session.execute(sa.delete(Timer).where(Timer.case_id == case.id, Timer.place.in_(places), Timer.done_at.is_(None)))


def postpone(session: Session, case: Case, row: Feedback, state: State, calendar: Calendar) -> None:
    """Plan anew what counts from the due date of a request, after somebody has set another one.

    What has fired stays fired, and its repeats go on counting, so that the giver is reminded of the new day too.
    """
    _count_anew(session, case, row, state, calendar)


def extend(session: Session, case: Case, token: CaseToken, state: State, calendar: Calendar, *, until: date) -> None:
    """Give one place of a case a later day; what counts from its due date is planned anew, and dates leave it alone."""
    token.due_at, token.is_extended = calendar.end_of(until), True
    _count_anew(session, case, token, state, calendar)


def _count_anew(session: Session, case: Case, row: Feedback | CaseToken, state: State, calendar: Calendar) -> None:
    place = row.region if isinstance(row, CaseToken) else f"feedback:{row.id}"
    here = (Timer.case_id == case.id, Timer.place == place, Timer.entry == row.entry)
    counted = sa.select(Timer.what, sa.func.max(Timer.n)).where(*here, Timer.done_at.is_not(None)).group_by(Timer.what)
    fired: dict[str, int] = dict(session.execute(counted).all())
    planned = [
        each for each in plan_timers(state, row.entered_at, calendar, due_at=row.due_at) if each.rule.since == "due"
    ]
    names = {each.what for each in planned}
    session.execute(sa.delete(Timer).where(*here, Timer.what.in_(names), Timer.done_at.is_(None)))
    for each in planned:
        moved = replace(each, number=each.number + fired.get(each.what, 0))
        session.add(_row(case, place, row.entry, moved))


def reschedule(session: Session, cycle: Cycle, *, now: datetime) -> int:
    """Work out again what is due in a cycle's running cases, after a date has moved; return how many moved.

    Timers that have fired stay fired; the others are planned anew from when their state was entered.
    """
    calendar = calendar_of(session, cycle, now)
    cases = session.scalars(
        sa.select(Case)
        .where(Case.cycle_id == cycle.id, Case.closed_at.is_(None))
        .order_by(Case.id)
        .with_for_update(key_share=True)
    ).all()
    touched = 0
    for case in cases:
        definition = load_definition(session, case.workflow_version_id)
        has_moved = False
        for token in session.scalars(sa.select(CaseToken).where(CaseToken.case_id == case.id)):
            here = definition if token.region == MAIN else definition.states[case.state].regions[token.region]
            has_moved |= _reschedule_token(session, case, calendar, token, here.states[token.state])
        touched += has_moved
    return touched


def _reschedule_token(session: Session, case: Case, calendar: Calendar, token: CaseToken, state: State) -> bool:
    due_at = find_due(state.due, token.entered_at, calendar) if state.due else None
    if due_at == token.due_at or _is_later(token, due_at):
        return False
    token.due_at, token.is_extended = due_at, False
    fired = set(
        session.execute(
            sa.select(Timer.what, Timer.n).where(
                Timer.case_id == case.id,
                Timer.place == token.region,
                Timer.entry == token.entry,
                Timer.done_at.is_not(None),
            )
        ).all()
    )
    leave(session, case, [token.region])
    session.flush()
    for planned in plan_timers(state, token.entered_at, calendar):
        if (planned.what, planned.number) not in fired:
            session.add(_row(case, token.region, token.entry, planned))
    return True


def _is_later(token: CaseToken, due_at: datetime | None) -> bool:
    """Tell whether HR gave a place a later day than the one that follows from the dates."""
    return token.is_extended and token.due_at is not None and (due_at is None or due_at < token.due_at)


def _row(case: Case, place: str, entry: int, planned: PlannedTimer) -> Timer:
    return Timer(
        case_id=case.id,
        place=place,
        entry=entry,
        what=planned.what,
        n=planned.number,
        spec=planned.rule.model_dump(mode="json", exclude_none=True),
        due_at=planned.at,
    )
