"""What a full disk comes to: 503 with the text kept in the page, reads go on, and all is well again after it."""

from __future__ import annotations

import errno
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.fault_ground import Ground, installed, serving_site
from bench.fault_saves import Writer, check_saves, found_writers
from bench.fault_tries import is_kept, note, read, save, try_to_save
from bench.patterns import PATTERN
from review.config import Settings
from review.extensions import make_engine
from tests.postgres import PostgresServer

DISK_MB, SERVER_MB, PIECE, SMALLEST = 48, 320, 1 << 16, 4096
"""How large the disk of an SQLite installation is, and that of a PostgreSQL server with its log of changes."""
MOST_SAVES = 400
"""How many saves there may be until a full disk is noticed: what SQLite has at hand is filled first."""
LONG = "Kept while the disk is full. " * 600


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Mount a small disk, and tell whether this machine lets us."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs"]
    is_mounted = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no byte free on a disk, until this ends."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (PIECE, 512, 1):
            _write_until_full(file.fileno(), size)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def limited(bind: str) -> Iterator[None]:
    """Let the web processes write no file on from here, until this ends: where nothing can be mounted."""
    command, web = f"--bind={bind}", set[psutil.Process]()
    limits = psutil.Process().rlimit(psutil.RLIMIT_FSIZE)
    while found := {each for each in psutil.Process().children(recursive=True) if command in each.cmdline()} - web:
        for each in found:  # one that is started meanwhile is found at the next look
            each.rlimit(psutil.RLIMIT_FSIZE, (SMALLEST, limits[1]))
        web |= found
    try:
        yield
    finally:
        for each in web:
            each.rlimit(psutil.RLIMIT_FSIZE, limits)


def _write_until_full(file: int, size: int) -> None:
    try:
        while True:
            os.write(file, bytes(size))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def measure_full_disk(ground: Ground) -> dict[str, object]:
    """Fill the disk under a database, and empty it again: that of all an installation has, or that of PostgreSQL."""
    with ExitStack() as ends:
        if ground.database_url:
            disk, url = ends.enter_context(_small_server(ground))
            settings, is_mounted = installed(ground.folder, url), True
        else:
            disk = ground.folder / "disk"
            is_mounted = ends.enter_context(small_disk(disk, DISK_MB))
            settings = installed(disk, f"sqlite:///{disk / 'faults.db'}")
        return {**_measure(settings, disk, is_mounted=is_mounted), "disk_full_mounted": is_mounted}


@contextmanager
def _small_server(ground: Ground) -> Iterator[tuple[Path, str]]:
    """Start a PostgreSQL that has all it keeps on a small disk; give the disk, and the address of a database."""
    with TemporaryDirectory(prefix="dualtrack-disk-") as place:
        Path(place).chmod(0o755)  # PostgreSQL runs as somebody else
        disk = Path(place) / "disk"
        with small_disk(disk, SERVER_MB) as is_mounted:
            if not is_mounted:
                raise RuntimeError("a full disk of PostgreSQL needs a disk that may be mounted: run this as root")
            with PostgresServer(options=(), data=ground.data, folder=disk / "server") as server:
                name = server.create_database(template=PATTERN if ground.data else "template0")
                yield disk, server.url(name)


def _measure(settings: Settings, disk: Path, *, is_mounted: bool) -> dict[str, object]:
    writers, engine = found_writers(settings), make_engine(settings)
    _begin_log(engine)
    with serving_site(settings):
        before = [save(writer, "Before. ") for writer in writers]
        full: AbstractContextManager[None] = filled(disk) if is_mounted else limited(settings.bind)
        with full:
            found = _save_while(writers)
            reads = [read(writer) for writer in writers]
        after = [save(writer, "After. ") for writer in writers]
    with Session(engine) as session:
        kept = check_saves(session, writers)
        is_whole = not settings.is_sqlite or session.scalar(sa.text("PRAGMA integrity_check")) == "ok"
    engine.dispose()
    found["disk_full_acknowledged"] += len(before) + len(after)
    found["disk_full_lost"] = kept["lost"] + kept["breaks_in_trail"] + (not is_whole)
    found["disk_full_not_back"] = sum(status not in (200, 303) for status in [*before, *after])
    return {**found, "disk_full_reads": len(reads), "disk_full_reads_wrong": sum(status != 200 for status in reads)}


def _begin_log(engine: sa.Engine) -> None:
    """Let PostgreSQL begin a new file of its log of changes, which has its full size from the next save on.

    Where there is no room for that one the server stops as a whole and needs who started it: that is a database away.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_switch_wal()"))
            connection.execute(sa.text("COMMIT"))


def _save_while(writers: list[Writer]) -> Counter[str]:
    """Save until each writer has been told that nothing can be saved."""
    found = Counter(disk_full_tried=0, disk_full_acknowledged=0, disk_full_wrong=0)
    for writer in writers:
        for number in range(MOST_SAVES):
            words = f"{number} {LONG}".strip()
            status, page = try_to_save(writer, words)
            found["disk_full_tried"] += 1
            if status not in (200, 303):
                found["disk_full_wrong"] += not is_kept(status, page, LONG)
                break
            note(writer, words)
            found["disk_full_acknowledged"] += 1
        else:
            raise RuntimeError("the disk is never full")
    return found
