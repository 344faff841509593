"""Plays a rehearsal on, from stage to stage, or only its clock; timers fire and mails go into the box in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import make_mailer
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.models import Case, CaseToken, Person, Timer
from review.rehearsal.building import build
from review.rehearsal.cast import Plot
from review.rehearsal.deciding import decide
from review.rehearsal.ending import end, release
from review.rehearsal.place import Place, open_engine, settings_of
from review.rehearsal.prints import print_packets
from review.rehearsal.rating import rate
from review.rehearsal.scene import Scene, go_on
from review.worker import fire_due, send_due

HABITS: tuple[Callable[[Scene], None], ...] = (build, rate, decide, end, go_on)
TICKS, MOST_TICKS, MOST_DAYS_LATE, MOST_MOVES, WORK_AT = 8, 60, 40, 6, 9
LONGEST_TICK = timedelta(days=7)
"""Nobody stays away for longer, in stages of up to a year: what is asked of people has days of its own."""
LEAST_STAGE, DAY = timedelta(days=3), timedelta(days=1)
QUIET_TICKS = 4
"""After so many days on which nobody does anything more, whatever is not done waits for somebody who is not there."""
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class _Until:
    """How far a walk goes: cases that are in this phase, or further, wait for the others."""

    phase: Phase
    start: datetime
    due: datetime


def play_on(place: Place, tell: Tell = lambda _done, _of: None) -> bool:
    """Play until every case has left the stage in which the last one is; tell whether they all have.

    Where they have not, nobody does anything more: the report says whom they wait for.
    """
    with open_engine(place) as engine:
        until = _find_target(engine, place.read_clock())
        if until is None:
            return False
        quiet = 0
        ticks = _count_ticks(until)
        for tick, (at, share) in enumerate(_moments(until, ticks)):
            tell(min(tick, ticks), ticks)
            _pass_time(engine, place, at)
            quiet = 0 if _let_people_act(engine, until, at, share) else quiet + 1
            _settle(engine, place, at)
            if not _list_behind(engine, until.phase):
                return True
            if share >= 1 and quiet >= QUIET_TICKS:
                return False
    return False


def play_to_the_end(place: Place, tell: Tell = lambda _done, _of: None) -> bool:
    """Play all stages; tell whether every case has ended."""
    while play_on(place, tell):
        if is_over(place):
            return True
    return is_over(place)


def is_over(place: Place) -> bool:
    """Tell whether every case has ended."""
    with open_engine(place) as engine, Session(engine) as session:
        return not session.scalar(sa.select(sa.func.count()).where(Case.closed_at.is_(None)))


def move_clock(place: Place, to: datetime) -> None:
    """Let time pass while nobody does anything: timers fire and mails go out at their moments."""
    with open_engine(place) as engine:
        _pass_time(engine, place, to)
        _settle(engine, place, to)


def _find_target(engine: Engine, now: datetime) -> _Until | None:
    with Session(engine) as session:
        rows = session.execute(
            sa.select(Case.phase, CaseToken.due_at)
            .join(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == MAIN))
            .where(Case.closed_at.is_(None))
        ).all()
    if not rows:
        return None
    here = min((Phase(row.phase) for row in rows), key=lambda phase: phase.rank)
    due = max([row.due_at for row in rows if row.phase == here and row.due_at], default=now)
    return _Until(tuple(Phase)[min(here.rank + 1, Phase.CLOSED.rank)], now, max(due, now + LEAST_STAGE))


def _count_ticks(until: _Until) -> int:
    """Return how often people look in while a stage lasts."""
    return min(max(TICKS, -((until.start - until.due) // LONGEST_TICK)), MOST_TICKS)


def _moments(until: _Until, ticks: int) -> Iterator[tuple[datetime, float]]:
    """Yield moments of a stage, each later than the last, with the share of it gone by; then day after day, overdue."""
    last = until.start
    for tick in range(1, ticks + MOST_DAYS_LATE + 1):
        share = min(tick / ticks, 1.0)
        day = until.start + (until.due - until.start) * share + DAY * max(tick - ticks, 0)
        last = max(day.replace(hour=WORK_AT, minute=0, second=0, microsecond=0), last + timedelta(hours=1))
        yield last, share


def _pass_time(engine: Engine, place: Place, to: datetime) -> None:
    """Let what is due until a moment happen at its own moment."""
    due = sa.select(sa.func.min(Timer.due_at)).where(Timer.done_at.is_(None))
    while True:
        with Session(engine) as session:
            at = session.scalar(due)
        if at is None or at > to or fire_due(engine, now=at).failed:
            break
    place.set_clock(to)


def _list_behind(engine: Engine, target: Phase) -> list[int]:
    """Return the cases that have not come as far as a phase, and have not ended."""
    behind = [phase for phase in Phase if phase.rank < target.rank]
    with Session(engine) as session:
        return list(session.scalars(sa.select(Case.id).where(Case.closed_at.is_(None), Case.phase.in_(behind))))


def _let_people_act(engine: Engine, until: _Until, now: datetime, share: float) -> bool:
    """Let everybody do what is theirs to do by now; tell whether anybody did anything."""
    has_moved = False
    with Session(engine) as session:
        scenes = [_open_scene(session, number, now, share) for number in _list_behind(engine, until.phase)]
        for scene in scenes:
            has_moved |= _act(scene, until.phase)
        release(scene for scene in scenes if Phase(scene.case.phase).rank < until.phase.rank)
        has_moved |= any(scene.has_moved for scene in scenes)
        session.commit()
    return has_moved


def _open_scene(session: Session, case_id: int, now: datetime, share: float) -> Scene:
    case = session.get_one(Case, case_id)
    key = session.get_one(Person, case.candidate_id).external_id
    plot = next(plot for plot in Plot if key.endswith(f"-{plot}"))
    return Scene(session, case, plot, now, share)


def _act(scene: Scene, target: Phase) -> bool:
    has_moved = False
    for _ in range(MOST_MOVES):
        scene.has_moved = False
        for habit in HABITS:
            if scene.case.closed_at is None and Phase(scene.case.phase).rank < target.rank:
                habit(scene)
        has_moved |= scene.has_moved
        if not scene.has_moved:
            break
    scene.has_moved = False
    return has_moved


def _settle(engine: Engine, place: Place, now: datetime) -> None:
    """Print what keeps cases waiting, and put the mails that are due into the box."""
    with Session(engine) as session:
        print_packets(session, now=now)
    settings = settings_of(place)
    send_due(engine, make_mailer(settings), settings, now=now)
    _note_phases(engine, place, now)


def _note_phases(engine: Engine, place: Place, now: datetime) -> None:
    """Keep when each case came into the phase in which it is, for the time that each stage took."""
    seen = place.read_phases()
    with Session(engine) as session:
        for number, phase in session.execute(sa.select(Case.id, Case.phase).order_by(Case.id)).all():
            steps = seen.setdefault(str(number), [])
            if not steps or steps[-1][0] != phase:
                steps.append((phase, now.isoformat()))
    place.keep_phases(seen)
