"""One size measured, step by step, through the services and pages that an installation uses."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from statistics import median

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from bench.browsers import browse_as
from bench.scale_files import write_people_file
from bench.scale_world import NOW, grow_pattern
from review import create_app
from review.adapters.spreadsheet import read_table
from review.config import Settings
from review.domain.access import SYSTEM, Actor
from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, read_people
from review.extensions import db, make_engine
from review.models import AuditEvent, Case, Cycle, CycleDate, CycleWorkflow, Person, RoleGrant, Timer
from review.services.cycles import CyclePlan, create_cycle, open_cycle
from review.services.people import apply_changes, plan_import
from review.worker import fire_due

ROUNDS = 7
PEOPLE_A_TIMER = 20
WORKERS = 3
KIBIBYTES_A_MEGABYTE = 1024


def measure_size(settings: Settings, people: int) -> dict[str, float]:
    """Make the company as large as that and return the seconds of each step, and the memory of the largest."""
    found: dict[str, float] = {}
    with _timed(found, "build_s"):
        grown = grow_pattern(settings, people)
    found |= {"cases": grown.cases, "answers": grown.answers, "events": grown.events}
    engine = make_engine(settings)
    with Session(engine) as session:
        found |= _measure_pages(settings, session)
        found |= _measure_import(session)
        found |= _measure_cycle(session)
    found |= _measure_sweep(settings, engine, people // PEOPLE_A_TIMER)
    engine.dispose()
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIBIBYTES_A_MEGABYTE
    return found


def _measure_import(session: Session) -> dict[str, float]:
    """Take in a file of everybody in which one in ten has changed: looked at first, then applied, as on the page."""
    data, found = write_people_file(session), dict[str, float]()
    with _timed(found, "import_s"):
        with _timed(found, "import_read_s"):
            file = read_people(read_table(data, "people.csv"), {}, DateOrder.NOT_SAID)
        with _timed(found, "import_plan_s"):
            plan = plan_import(session, file, actor=SYSTEM, now=NOW, scope=Scope.FULL)
        apply_changes(session, file, actor=SYSTEM, now=NOW, scope=Scope.FULL)
        session.commit()
    return found | {"import_changes": len(plan.changes)}


def _measure_cycle(session: Session) -> dict[str, float]:
    """Set up a cycle as the last one was, and open it."""
    found: dict[str, float] = {}
    last = session.scalars(sa.select(Cycle).order_by(Cycle.id.desc()).limit(1)).one()
    plan = CyclePlan(
        code="NEXT",
        name="Next",
        zone=last.zone,
        country=last.country,
        ladder_version_id=last.ladder_version_id,
        workflows=dict(
            session.execute(
                sa.select(CycleWorkflow.track_id, CycleWorkflow.workflow_version_id).where(
                    CycleWorkflow.cycle_id == last.id
                )
            ).all()
        ),
        dates={
            name: day + timedelta(days=365)
            for name, day in session.execute(
                sa.select(CycleDate.name, CycleDate.on_day).where(CycleDate.cycle_id == last.id)
            )
        },
        required_functions=tuple(last.required_functions),
        policy=last.policy,
    )
    hr = _find_hr(session)
    with _timed(found, "open_cycle_s"):
        cycle = create_cycle(session, plan, actor=hr, now=NOW)
        open_cycle(session, cycle.id, actor=hr, now=NOW)
        session.commit()
    return found


def _measure_pages(settings: Settings, session: Session) -> dict[str, float]:
    """Ask for the lists that grow with the company: search, HR's list of cases, home, people."""
    app = create_app(settings)
    hr = _find_hr(session).person_id or 0
    manager = (
        session.scalars(
            sa.select(Case.manager_id)
            .where(Case.closed_at.is_(None))
            .group_by(Case.manager_id)
            .order_by(sa.func.count().desc(), Case.manager_id)
            .limit(1)
        ).one()
        or 0
    )
    cycle = session.scalars(sa.select(Case.cycle_id).order_by(Case.id.desc()).limit(1)).one()
    name = session.scalars(sa.select(Person.name).order_by(Person.id.desc()).limit(1)).one()
    pages = {
        "search_s": (hr, f"/people?words={name.split()[-1]}"),
        "board_s": (hr, f"/cycles/{cycle}"),
        "board_search_s": (hr, f"/cycles/{cycle}?words={name.split()[-1]}"),
        "todo_s": (manager, "/"),
        "todo_hr_s": (hr, "/"),
        "people_s": (hr, "/people"),
    }
    session.rollback()  # it holds the one writer's place on SQLite
    with app.app_context():
        headers = {person: browse_as(app, db.session(), person) for person in {hr, manager}}
    found = {step: _ask(app, url, headers[person]) for step, (person, url) in pages.items()}
    with app.app_context():
        db.engine.dispose()
    return found


def _ask(app: Flask, url: str, headers: dict[str, str]) -> float:
    client, taken = app.test_client(use_cookies=False), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(url, headers=headers)
        taken.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}")
    return round(median(taken), 4)


def _measure_sweep(settings: Settings, engine: sa.Engine, timers: int) -> dict[str, float]:
    """Let so many timers be due and three workers fire them; each is to be fired once."""
    found: dict[str, float] = {}
    with Session(engine) as session:
        notices = (Timer.done_at.is_(None), Timer.what.like("%:notify:%"))
        alike = (Timer.case_id, Timer.place, Timer.entry, Timer.what)  # of missed repeats only one is fired
        first = sa.select(sa.func.min(Timer.id)).where(*notices).group_by(*alike).order_by(sa.func.min(Timer.id))
        chosen = session.scalars(first.limit(timers)).all()
        session.execute(sa.update(Timer).where(Timer.done_at.is_(None)).values(due_at=NOW + timedelta(days=400)))
        rows = [{"id": number, "due_at": NOW - timedelta(minutes=1)} for number in chosen]
        session.execute(sa.update(Timer), rows)
        before = _count_fired(session)
        session.commit()
    with _workers() as pool, _timed(found, "sweep_s"):
        for done in [pool.submit(_sweep, settings) for _ in range(WORKERS)]:
            done.result()
    with Session(engine) as session:
        fired = _count_fired(session) - before
        left = session.scalars(sa.select(sa.func.count()).where(Timer.due_at <= NOW, Timer.done_at.is_(None))).one()
    return found | {"timers": len(chosen), "timers_fired": fired, "timers_left": left}


@contextmanager
def _workers() -> Iterator[ProcessPoolExecutor]:
    """Give processes that have loaded everything before they are timed."""
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        for ready in [pool.submit(time.sleep, 1) for _ in range(WORKERS)]:
            ready.result()
        yield pool


def _sweep(settings: Settings) -> int:
    engine = make_engine(replace(settings))
    try:
        return fire_due(engine, now=NOW).done
    finally:
        engine.dispose()


def _count_fired(session: Session) -> int:
    told = AuditEvent.kind.in_(("timer.notify", "timer.refused"))
    return session.scalars(sa.select(sa.func.count()).select_from(AuditEvent).where(told)).one()


def _find_hr(session: Session) -> Actor:
    holder = sa.select(RoleGrant.person_id).where(RoleGrant.role == "hr").order_by(RoleGrant.id).limit(1)
    return Actor(session.scalars(holder).one(), roles=frozenset({"hr"}))


@contextmanager
def _timed(found: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    found[name] = round(time.perf_counter() - began, 3)
