"""What a database that is away or locked comes to: 503, the text kept in the page, and all well again after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from bench.fault_ground import FILE, Ground, installed, serving_site
from bench.fault_saves import Writer, found_writers
from bench.fault_tries import is_kept, read, save, try_to_save
from bench.voters import AWAY
from review.config import Settings
from tests.postgres import PostgresServer

LONG = "Kept while the database is away. " * 600
SERVED = 200
LOCKED_OUT = {True: 0, False: 4}
"""How many save while somebody else has the file locked: each waits for half a minute first. True: quick."""
Away = Callable[[], AbstractContextManager[None]]


def measure_away(ground: Ground) -> dict[str, object]:
    """Take the database away under an installation, and bring it back."""
    if ground.database_url:
        with ground.own_server(is_durable=True) as (server, name):
            settings = installed(ground.folder, server.url(name))
            return _measure(settings, lambda: _stopped(server))
    file = ground.folder / "data" / FILE
    file.parent.mkdir()
    if (made := ground.folder / FILE).exists():
        made.rename(file)
    settings = installed(ground.folder, f"sqlite:///{file}")
    return _measure(settings, lambda: _moved(file), file, LOCKED_OUT[ground.is_quick])


def _measure(settings: Settings, away: Away, file: Path | None = None, locked_out: int = 0) -> dict[str, object]:
    writers = found_writers(settings)
    with serving_site(settings):
        before = [save(writer, "Before. ") for writer in writers]
        with away():
            answers = [try_to_save(writer, LONG) for writer in writers]
            reads = [read(writer) for writer in writers]
        wrong = sum(status != AWAY for status in reads)
        after = [save(writer, "After. ") for writer in writers]
        if file is not None and locked_out:
            kept_out, served = _lock_out(file, writers[:locked_out])
            answers, reads = answers + kept_out, reads + served
            wrong += sum(status != SERVED for status in served)
            after += [save(writer, "Unlocked. ") for writer in writers]
    return {
        "away_tried": len(answers) + len(reads),
        "away_acknowledged": len(before) + len(after),
        "away_wrong": wrong + sum(not is_kept(status, page, LONG) for status, page in answers),
        "away_not_back": sum(status not in (200, 303) for status in [*before, *after]),
    }


@contextmanager
def _stopped(server: PostgresServer) -> Iterator[None]:
    server.stop()
    yield
    server.start()


@contextmanager
def _moved(file: Path) -> Iterator[None]:
    """Let the file be gone, as on a disk that is not mounted, while processes have it open.

    Nobody may write on into the file that was moved away, nor make another in its place.
    """
    elsewhere = file.parent.with_name("elsewhere")
    file.parent.rename(elsewhere)
    file.parent.mkdir()
    yield
    made = [*file.parent.iterdir()]
    if made:
        raise RuntimeError(f"a database was made where none was: {made}")
    file.parent.rmdir()
    elsewhere.rename(file.parent)


def _lock_out(file: Path, writers: list[Writer]) -> tuple[list[tuple[int, str]], list[int]]:
    """Let all save at once while somebody else writes without an end, then read; return what each was answered."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other, ThreadPoolExecutor(len(writers)) as pool:
        other.execute("BEGIN IMMEDIATE")
        answers = list(pool.map(lambda writer: try_to_save(writer, LONG), writers))
        return answers, [read(writer) for writer in writers]
