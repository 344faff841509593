"""A date of a cycle that moves: what was due by it moves in every running case, fired timers stay, later days stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.many_cases import copy_cases, copy_row
from review.models import Case, CaseToken, Cycle, Timer
from review.queries.cycle_changes import count_moved
from review.queries.pinned import load_definition
from review.services.cycles import move_date
from review.services.timers import calendar_of, extend
from review.services.transitions import fire
from tests.factories import DATES, Scene, open_case_of

NAME = "packet_deadline"
LATER = DATES[NAME] + timedelta(days=3)


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    """Return a case of which packet and feedback are collected, with the timers of both."""
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


def copy(session: Session, case: Case, count: int) -> list[int]:
    """Copy the case with its places and timers; return the numbers of the copies."""
    first = session.scalars(sa.select(sa.func.count(Case.id))).one()
    copied = copy_cases(session, case, "Extra", [{"code": f"X{first + n}"} for n in range(count)], first=first)
    for timer_id in session.scalars(sa.select(Timer.id).where(Timer.case_id == case.id)).all():
        copy_row(session, Timer, Timer.id == timer_id, [{"case_id": each} for each in copied])
    session.commit()
    return copied


def move(session: Session, scene: Scene, now: datetime, days: int = 3) -> int:
    moved = move_date(
        session, scene.cycle_id, NAME, DATES[NAME] + timedelta(days=days), actor=scene.actor("hanna"), now=now
    )
    session.commit()
    return moved


def foretell(session: Session, scene: Scene, now: datetime, days: int = 3) -> int:
    day = DATES[NAME] + timedelta(days=days)
    return count_moved(session, scene.cycle_id, NAME, day, actor=scene.actor("hanna"), now=now)


def due_of(session: Session, case_id: int, region: str = "packet") -> Any:
    return session.scalars(
        sa.select(CaseToken.due_at).where(CaseToken.case_id == case_id, CaseToken.region == region)
    ).one()


def timers_of(session: Session, case_id: int) -> list[tuple[Any, ...]]:
    columns = (Timer.place, Timer.entry, Timer.what, Timer.n, Timer.due_at, Timer.done_at)
    rows = session.execute(sa.select(*columns).where(Timer.case_id == case_id).order_by(*columns[:4])).all()
    return [tuple(row) for row in rows]


@pytest.mark.both_databases
def test_every_running_case_moves_alike_and_only_what_is_due_by_the_date(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    copies = copy(session, case, 3)
    session.execute(sa.update(Case).where(Case.id == copies[2]).values(closed_at=now))
    session.commit()
    before, feedback = timers_of(session, case.id), due_of(session, case.id, "feedback")
    assert move(session, scene, now) == 3
    assert [due_of(session, each).date() for each in (case.id, *copies)] == [LATER, LATER, LATER, DATES[NAME]]
    assert due_of(session, case.id, "feedback") == feedback
    after = timers_of(session, case.id)
    shifts = {(old[0], (new[4].date() - old[4].date()).days) for old, new in zip(before, after, strict=True)}
    assert {place for place, days in shifts if days} == {"packet"}
    assert [row[:4] for row in after] == [row[:4] for row in before]
    assert [timers_of(session, each) == after for each in copies] == [True, True, False]


@pytest.mark.both_databases
def test_what_has_fired_stays_and_is_not_planned_once_more(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    copies = copy(session, case, 1)
    of_packet = sa.select(sa.func.min(Timer.id)).where(Timer.case_id == case.id, Timer.place == "packet")
    session.execute(sa.update(Timer).where(Timer.id == of_packet.scalar_subquery()).values(done_at=now))
    session.commit()
    before = {row[:4]: row for row in timers_of(session, case.id)}
    assert move(session, scene, now) == 2
    after = timers_of(session, case.id)
    fired = [row for row in after if row[5] is not None]
    assert (len(after), fired) == (len(before), [before[fired[0][:4]]])
    assert [row[5] for row in timers_of(session, copies[0])] == [None] * len(before)


def test_a_later_day_that_hr_gave_stays_until_the_date_is_later_still(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    given = due_of(session, case.id) + timedelta(days=4)
    packet = (CaseToken.case_id == case.id, CaseToken.region == "packet")
    session.execute(sa.update(CaseToken).where(*packet).values(due_at=given, is_extended=True))
    session.commit()
    assert foretell(session, scene, now) == 0
    assert (move(session, scene, now), due_of(session, case.id)) == (0, given)
    assert foretell(session, scene, now, 5) == 1
    assert (move(session, scene, now, 5), due_of(session, case.id)) == (1, given + timedelta(days=1))
    assert session.scalars(sa.select(CaseToken.is_extended).where(*packet)).all() == [False]


def test_a_later_day_for_one_case_moves_what_counts_from_it_as_the_date_would(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (other,) = copy(session, case, 1)
    token = session.scalars(
        sa.select(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region == "packet")
    ).one()
    state = load_definition(session, case.workflow_version_id).states[case.state].regions["packet"].states[token.state]
    calendar = calendar_of(session, session.get_one(Cycle, scene.cycle_id), now)
    extend(session, case, token, state, calendar, until=LATER)
    session.commit()
    extended = timers_of(session, case.id)
    assert (due_of(session, case.id).date(), timers_of(session, other) == extended) == (LATER, False)
    assert move(session, scene, now) == 1
    assert (due_of(session, other), timers_of(session, other)) == (due_of(session, case.id), extended)


def test_it_takes_the_same_statements_for_one_case_and_forty(
    session: Session, scene: Scene, case: Case, now: datetime, statements: Any
) -> None:
    move(session, scene, now, 1)
    counts = []
    for more, days in ((0, 2), (39, 3)):
        if more:
            copy(session, case, more)
        with statements() as issued:
            moved = move(session, scene, now, days)
        counts.append((moved, len(issued)))
    assert counts == [(1, counts[0][1]), (40, counts[0][1])]
