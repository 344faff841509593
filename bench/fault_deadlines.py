"""Whether a deadline means the end of its day: around every change of the clocks, through the sweep itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.fault_ground import Ground, founding, installed
from bench.pages import DATES, found_company
from review.domain.access import Actor
from review.extensions import make_engine
from review.models import Cycle, CycleWorkflow, Message, Person, Timer
from review.queries.cycle_choices import shipped_policy
from review.services.cases import Nomination, nominate
from review.services.cycles import CyclePlan, create_cycle, move_date, open_cycle
from review.worker import fire_due

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "America/Havana",
)
"""Of these, three change their clocks at midnight, and one by half an hour."""
YEAR = 2027
DAYS = (-1, 0, 1)
"""The days around a change on which a deadline falls."""
SECOND, QUARTER = timedelta(seconds=1), timedelta(minutes=15)
QUICK_ZONES = 2


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day in a zone, and the last second of it, found by looking at the clock there."""

    zone: str
    day: date
    end: datetime


def find_changes(zone: str, year: int) -> list[date]:
    """Return the days of a year on which the clocks of a zone are changed: those that do not last 24 hours."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=number) for number in range(365)]
    return [day for day in days if find_last_second(zone, day) - find_last_second(zone, day - timedelta(days=1)) != DAY]


DAY = timedelta(days=1)


def find_last_second(zone: str, day: date) -> datetime:
    """Return the last second at which the clock of a zone shows a day; looks, and works nothing out."""
    clock = ZoneInfo(zone)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=40)
    while moment.astimezone(clock).date() != day:
        moment -= QUARTER
    while (moment + SECOND).astimezone(clock).date() == day:
        moment += SECOND
    return moment


def list_deadlines(*, is_quick: bool) -> Iterator[Deadline]:
    """Give the days around both changes of each zone."""
    for zone in ZONES[:QUICK_ZONES] if is_quick else ZONES:
        changes = find_changes(zone, YEAR)
        if len(changes) < 2:
            raise RuntimeError(f"{zone} changes its clocks on {changes}")
        for change in changes:
            for number in DAYS:
                day = change + timedelta(days=number)
                yield Deadline(zone, day, find_last_second(zone, day))


def measure_deadlines(ground: Ground) -> dict[str, object]:
    """Let deadlines pass second by second; return how many went off too early, too late or not once."""
    settings, found = installed(ground.folder, ground.url), Counter(deadlines_tried=0, deadlines_wrong=0)
    engine = make_engine(settings)
    with founding(settings) as (_, session):
        people, _ = found_company(session, 1)
    with Session(engine) as session:
        for number, deadline in enumerate(list_deadlines(is_quick=ground.is_quick)):
            case_id = _begin(session, number, deadline, people["hr"][1], people["manager"][0])
            found.update(deadlines_tried=1, deadlines_wrong=int(not is_kept(engine, session, case_id, deadline.end)))
    engine.dispose()
    return dict(found)


def is_kept(engine: Engine, session: Session, case_id: int, end: datetime) -> bool:
    """Tell whether the timer goes off in the last second of the day, and neither before nor again after it."""
    seen = []
    for moment in (end - SECOND, end, end + SECOND):
        fire_due(engine, now=moment)
        told = sa.select(sa.func.count()).select_from(Message).where(Message.case_id == case_id)
        done = sa.select(Timer.n).where(Timer.case_id == case_id, Timer.done_at.is_not(None))
        seen.append((session.scalars(done).all(), bool(session.scalar(told.where(Message.template == "overdue")))))
        session.rollback()
    return seen == [([], False), ([1], True), ([1], True)]


def _begin(session: Session, place: int, deadline: Deadline, hr: Actor, manager: int) -> int:
    """Open a cycle in the zone and a case whose eligibility is due on the day; each second one is moved there."""
    session.execute(sa.update(Timer).where(Timer.done_at.is_(None)).values(done_at=deadline.end))
    known, pinned = session.scalars(sa.select(Cycle).limit(1)).one(), session.scalars(sa.select(CycleWorkflow)).all()
    now, is_moved = deadline.end - timedelta(days=30), place % 2 == 1
    first = deadline.day + timedelta(days=5) if is_moved else deadline.day
    plan = CyclePlan(
        code=f"D{place}",
        name=f"Deadline {place}",
        zone=deadline.zone,
        country=None,
        ladder_version_id=known.ladder_version_id,
        workflows={row.track_id: row.workflow_version_id for row in pinned if row.cycle_id == known.id},
        dates={name: first + timedelta(days=20 * each) for each, name in enumerate(DATES)},
        required_functions=(),
        policy=shipped_policy(),
    )
    cycle = create_cycle(session, plan, actor=hr, now=now)
    open_cycle(session, cycle.id, actor=hr, now=now)
    person = Person(
        external_id=f"d{place}", name=f"Candidate {place}", function="Product", title="PM", manager_id=manager,
        level_id="senior-pm", level_since_on=date(2022, 1, 1),
    )  # fmt: skip
    session.add(person)
    session.flush()
    nomination = Nomination(person.id, "promotion", "staff-pm")
    case = nominate(session, cycle.id, nomination, actor=Actor(person.id, person.name, frozenset()), now=now)
    if is_moved:
        move_date(session, cycle.id, "nomination_deadline", deadline.day, actor=hr, now=now)
    case_id: int = case.id
    session.commit()
    return case_id
