"""What a killed worker's prints come to: several workers, one database; one is killed, each packet is printed once."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.pages import NOW
from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine
from review.models import AuditEvent, Packet, PacketFile, PrintJob
from review.services import printing
from review.services.audit import find_break
from review.services.packets import RENDER
from tests.committee_room import sealed_room
from tests.conftest import make_settings
from tests.faults.processes import PATIENCE_SECONDS, running

COMMITTEES = 5
WORKERS = {True: 2, False: 3}
"""How many workers print, the one that is killed among them; True: quick."""
PRINTS = {True: 6, False: 200}
"""How many packets are printed on each database; True: quick."""
LOOK_SECONDS = 0.2
PATIENCE_OF_ALL = 1800


def measure_takeover(folder: Path, *, is_quick: bool, database_url: str = "") -> dict[str, object]:
    """Print packets by several workers and kill the first in the middle; return what was lost or doubled.

    Args:
        database_url: of a database without rows; without it a SQLite file in the folder.
    """
    prints, workers = PRINTS[is_quick], WORKERS[is_quick]
    settings = make_settings(database_url or f"sqlite:///{folder / 'takeover.db'}", folder, render_processes=1)
    migrate_database(settings)
    engine = make_engine(replace(settings, jobs=JobsMode.DBOS))
    _seal(settings)
    with Session(engine) as session:
        _ask(session, prints)
        settings, began = replace(settings, jobs=JobsMode.DBOS), time.perf_counter()
        worker = ("review.cli", "worker")
        with ExitStack() as started:
            first, *_others = [started.enter_context(running(settings, *worker)) for _ in range(workers)]
            _wait(lambda: _count(session, "done") >= prints // 4)
            first.kill()
            first.wait(PATIENCE_SECONDS)
            _wait(lambda: _count(session, "done", "failed") >= prints)
        taken_s = round(time.perf_counter() - began)
        found = _check(session, settings)
    engine.dispose()
    return {"prints": prints, "workers": workers, "killed": 1, **found, "s": taken_s}


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
    for number in range(prints):
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
