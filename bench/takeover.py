"""What a killed worker's prints come to: several workers, one database; one is killed, each packet is printed once.

It is killed while it prints: stopped first, so that what is looked at does not end meanwhile.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psutil
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.pages import NOW
from review.adapters.connections import only_reading
from review.adapters.job_slots import count_living
from review.cli.database import LOCK, migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine
from review.models import AuditEvent, Packet, PacketFile, PrintJob
from review.services import printing
from review.services.audit import find_break
from review.services.packets import RENDER
from tests.committee_room import sealed_room
from tests.conftest import make_settings
from tests.faults.printer_in_test import printing as forked
from tests.faults.processes import running

COMMITTEES = 5
WORKERS = {True: 2, False: 3}
"""How many workers print, the one that is killed among them; True: quick."""
PRINTS = {True: 4, False: 200}
"""How many packets are printed on each database, or as many more until one is killed at work; True: quick."""
FIRST = "-0"
"""How the name ends of the first worker of a host."""
LOOK_SECONDS = 0.2
PATIENCE_OF_ALL = 1800


def measure_takeover(folder: Path, *, is_quick: bool, database_url: str = "") -> dict[str, object]:
    """Print packets by several workers and kill the first in the middle; return what was lost or doubled.

    Args:
        is_quick: few prints, and workers forked from a process that has loaded them, which warm nothing up.
        database_url: of a database without rows; without it a SQLite file in the folder.
    """
    prints, workers = PRINTS[is_quick], WORKERS[is_quick]
    settings = make_settings(database_url or f"sqlite:///{folder / 'takeover.db'}", folder, render_processes=1)
    migrate_database(settings)
    engine = make_engine(replace(settings, jobs=JobsMode.DBOS))
    _seal(settings)
    settings = replace(settings, jobs=JobsMode.DBOS)
    with Session(engine) as session, ExitStack() as started:
        began = time.perf_counter()
        _ask(session, prints)
        first = _start(started, settings, engine, is_quick=is_quick)
        _wait(lambda: _count(session, "printing", "done") > 0)  # the first has taken some before others come
        for _ in range(workers - 1):
            _start(started, settings, engine, is_quick=is_quick)
        _wait(lambda: _count(session, "done") >= prints // 4)
        asked = prints + _kill_at_work(first, session, prints)
        _wait(lambda: _count(session, "done", "failed") >= asked)
        taken_s = round(time.perf_counter() - began)
        started.close()
        found = _check(session, settings)
    engine.dispose()
    return {"prints": asked, "workers": workers, "killed": 1, **found, "s": taken_s}


def _start(started: ExitStack, settings: Settings, engine: sa.Engine, *, is_quick: bool) -> psutil.Process:
    """Start a worker and wait until it has its name: the first one's is known by that."""
    before = count_living(engine, settings.var_dir / "slots", but=LOCK)
    if is_quick:
        pid = started.enter_context(forked(settings)).pid
    else:
        pid = started.enter_context(running(settings, "review.cli", "worker")).pid
    _wait(lambda: count_living(engine, settings.var_dir / "slots", but=LOCK) > before)
    return psutil.Process(pid)


def _kill_at_work(worker: psutil.Process, session: Session, more: int) -> int:
    """Kill the first worker while it prints; return how many more prints were asked for until it did."""
    at_work = sa.select(sa.func.count()).select_from(PrintJob).where(
        PrintJob.state == "printing", PrintJob.worker.endswith(FIRST)
    )  # fmt: skip
    asked = 0
    while True:
        worker.suspend()  # it may hold SQLite's only write lock, so nobody may ask for that now
        with only_reading(session.get_bind().engine).connect() as connection:
            is_at_work = bool(connection.scalar(at_work))
        if is_at_work:
            worker.kill()
            return asked
        worker.resume()
        if not _count(session, "waiting", "printing"):
            _ask(session, more)
            asked += more
        time.sleep(LOOK_SECONDS)


def _seal(settings: Settings) -> None:
    """Seal a case; what its seal asks for is not printed."""
    engine = make_engine(settings)
    with Session(engine) as session:
        sealed_room(session, NOW)
        session.execute(sa.delete(PrintJob))
        session.execute(sa.delete(PacketFile))
        session.commit()
    engine.dispose()


def _ask(session: Session, prints: int) -> None:
    """Ask for the packet as often as wanted: as files of their own, of several committees."""
    packet = session.scalars(sa.select(Packet)).one()
    first = session.scalar(sa.select(sa.func.count()).select_from(PacketFile)) or 0
    for number in range(first, first + prints):
        file = PacketFile(packet_id=packet.id, view="committee", template=f"n{number}", state="waiting")
        session.add(file)
        session.flush()
        share = f"committee-{number % COMMITTEES}"
        printing.ask(session, RENDER, file.id, case_id=packet.case_id, share=share, now=NOW)
    session.commit()


def _count(session: Session, *states: str) -> int:
    found = session.scalar(sa.select(sa.func.count()).select_from(PrintJob).where(PrintJob.state.in_(states)))
    session.rollback()
    return found or 0


def _check(session: Session, settings: Settings) -> dict[str, object]:
    """Hold what was printed against files and trail."""
    told = Counter(session.scalars(sa.select(AuditEvent.subject_id).where(AuditEvent.kind == "packet.rendered")))
    files = session.scalars(sa.select(PacketFile)).all()
    whole = [file for file in files if file.path and _digest(settings.files_dir / file.path) == file.digest]
    begun_again = sa.select(sa.func.count()).select_from(PrintJob).where(PrintJob.tries > 1)
    return {
        "taken_over": session.scalar(begun_again),
        "lost": len(files) - len(whole),
        "doubled": sum(count - 1 for count in told.values()),
        "failed": sum(file.state == "failed" for file in files),
        "untold": len({file.id for file in files} - told.keys()),
        "first_error": session.scalar(sa.select(PrintJob.error).where(PrintJob.state == "failed").limit(1)) or "",
        "breaks_in_trail": int(find_break(session) is not None),
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_OF_ALL
    while not condition():
        time.sleep(LOOK_SECONDS)
        if time.monotonic() > end:
            raise RuntimeError("the prints do not come to an end")
