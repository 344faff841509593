"""Due dates and timer rows: set when a state is entered, gone when it is left, moved when a cycle date moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.schedule import Calendar, PlannedTimer, find_due, plan_timers
from review.domain.workflow import MAIN, State
from review.domain.workflow_definition import TimerRule
from review.domain.working_days import holidays_of
from review.models import Base, Case, CaseToken, Cycle, Feedback, Seat, Timer
from review.queries.cycle_changes import is_given_longer
from review.queries.cycles import load_dates
from review.queries.pinned import load_definition

_TOKEN, _TIMER = Base.metadata.tables["case_token"], Base.metadata.tables["timer"]
_OF = sa.bindparam("of", type_=sa.Integer)
_PLACES = sa.select(
    *(CaseToken.id, CaseToken.case_id, CaseToken.region, CaseToken.state),
    *(CaseToken.entered_at, CaseToken.entry, CaseToken.due_at, CaseToken.is_extended),
).order_by(CaseToken.id)
_FIRED = sa.select(Timer.case_id, Timer.place, Timer.entry, Timer.what, Timer.n).where(Timer.done_at.is_not(None))
_MOVE = sa.update(_TOKEN).where(_TOKEN.c.id == _OF).values(due_at=sa.bindparam("due"), is_extended=False)
_FORGET = sa.delete(_TIMER).where(
    _TIMER.c.case_id == _OF, _TIMER.c.place == sa.bindparam("at", type_=sa.Text), _TIMER.c.done_at.is_(None)
)


class _Moved(NamedTuple):
    """A place of a case that is due at another time now, or at none."""

    token: Any  # a row of _PLACES
    state: State
    due_at: datetime | None


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


def find_given(row: Feedback | Seat, state: State, calendar: Calendar) -> datetime | None:
    """Return when a request is due in this state of its own, where somebody gave it another day than the state does."""
    usual = find_due(state.due, row.entered_at, calendar) if state.due else None
    return row.due_at if isinstance(row, Feedback) and row.due_at != usual else None


def keep_given(
    session: Session, case: Case, row: Feedback | Seat, state: State, calendar: Calendar, *, given: datetime | None
) -> None:
    """Leave a request the day that somebody gave it, where the one of the state that it has come to is sooner."""
    if given is not None and isinstance(row, Feedback) and (row.due_at is None or row.due_at < given):
        row.due_at = given
        postpone(session, case, row, state, calendar)


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


def reschedule(session: Session, cycle: Cycle, *, now: datetime) -> frozenset[int]:
    """Work out again what is due in a cycle's running cases, after a date has moved; return which moved.

    Timers that have fired stay fired; the others are planned anew from when their state was entered. It takes as many
    statements for thousands of cases as for one.
    """
    calendar = calendar_of(session, cycle, now)
    running = (Case.cycle_id == cycle.id, Case.closed_at.is_(None))
    locked = sa.select(Case.id, Case.workflow_version_id, Case.state).where(*running).order_by(Case.id)
    cases = {row.id: row for row in session.execute(locked.with_for_update(key_share=True)).all()}
    definitions = {each: load_definition(session, each) for each in sorted({row[1] for row in cases.values()})}
    ids = sa.select(Case.id).where(*running)
    moved: list[_Moved] = []
    for token in session.execute(_PLACES.where(CaseToken.case_id.in_(ids))).all():
        case = cases.get(token.case_id)
        if case is None:  # opened after the others were locked, by the dates as they are now
            continue
        definition = definitions[case.workflow_version_id]
        here = definition if token.region == MAIN else definition.states[case.state].regions[token.region]
        state = here.states[token.state]
        due_at = find_due(state.due, token.entered_at, calendar) if state.due else None
        if due_at != token.due_at and not is_given_longer(token, due_at):
            moved.append(_Moved(token, state, due_at))
    if moved:
        _plan_anew(session, moved, calendar, ids)
    return frozenset(each.token.case_id for each in moved)


def _plan_anew(session: Session, moved: Sequence[_Moved], calendar: Calendar, case_ids: sa.Select[int]) -> None:
    """Write when places are due that have moved, and their timers but for those that have fired."""
    fired = set(session.execute(_FIRED.where(Timer.case_id.in_(case_ids))).all())
    rows: list[dict[str, Any]] = []
    specs: dict[int, dict[str, Any]] = {}  # of each rule, which many cases share
    for token, state, _ in moved:
        place = (token.case_id, token.region, token.entry)
        for planned in plan_timers(state, token.entered_at, calendar):
            if (*place, planned.what, planned.number) not in fired:
                if id(planned.rule) not in specs:
                    specs[id(planned.rule)] = _dump(planned.rule)
                rows.append(_columns(*place, planned, specs[id(planned.rule)]))
    connection = session.connection()
    connection.execute(_MOVE, [{"of": token.id, "due": due_at} for token, _, due_at in moved])
    connection.execute(_FORGET, [{"of": token.case_id, "at": token.region} for token, _, _ in moved])
    if rows:
        connection.execute(sa.insert(_TIMER), rows)
    session.expire_all()  # what is known of them is of before


def _row(case: Case, place: str, entry: int, planned: PlannedTimer) -> Timer:
    return Timer(**_columns(case.id, place, entry, planned, _dump(planned.rule)))


def _dump(rule: TimerRule) -> dict[str, Any]:
    return rule.model_dump(mode="json", exclude_none=True)


def _columns(case_id: int, place: str, entry: int, planned: PlannedTimer, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "place": place,
        "entry": entry,
        "what": planned.what,
        "n": planned.number,
        "spec": spec,
        "due_at": planned.at,
    }
