"""What a full disk and a database that is away come to: 503, the text kept in the page, and all well again after it."""

from __future__ import annotations

import errno
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psutil
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.fault_ground import Ground, installed, serving_site
from bench.fault_saves import Writer, check_saves, found_writers
from bench.servers import Call
from bench.voters import AWAY
from review.extensions import make_engine

DISK_MB, PIECE, SMALLEST = 48, 1 << 16, 4096
MOST_SAVES = 400
"""How many saves there may be until a full disk is noticed: what SQLite has at hand is filled first."""
LONG = "Kept while the disk is full. " * 600


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of a few megabytes, and tell whether this machine lets us."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs"]
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
    """Fill the disk with database, files and logs under an installation, and empty it again."""
    disk = ground.folder / "disk"
    with small_disk(disk) as is_mounted:
        settings = installed(disk, f"sqlite:///{disk / 'faults.db'}")
        writers, engine = found_writers(settings), make_engine(settings)
        with serving_site(settings):
            before = [_save(writer, "Before. ") for writer in writers]
            with filled(disk) if is_mounted else limited(settings.bind):
                found = _save_while(writers)
                reads = [_read(writer) for writer in writers]
            after = [_save(writer, "After. ") for writer in writers]
        with Session(engine) as session:
            kept = check_saves(session, writers)
            is_whole = session.scalar(sa.text("PRAGMA integrity_check")) == "ok"
        engine.dispose()
    found["disk_full_acknowledged"] += len(before) + len(after)
    found["disk_full_lost"] = kept["lost"] + kept["breaks_in_trail"] + (not is_whole)
    found["disk_full_not_back"] = sum(status not in (200, 303) for status in [*before, *after])
    found["disk_full_mounted"] = is_mounted
    return {**found, "disk_full_reads": len(reads), "disk_full_reads_wrong": sum(status != 200 for status in reads)}


def measure_away(ground: Ground) -> dict[str, object]:
    """Stop PostgreSQL under an installation, and start it again."""
    with ground.own_server(is_durable=True) as (server, name):
        settings = installed(ground.folder, server.url(name))
        writers = found_writers(settings)
        with serving_site(settings):
            before = [_save(writer, "Before. ") for writer in writers]
            server.stop()
            answers = [_try(writer, LONG) for writer in writers]
            reads = [_read(writer) for writer in writers]
            server.start()
            after = [_save(writer, "After. ") for writer in writers]
    return {
        "away_tried": len(answers) + len(reads),
        "away_acknowledged": len(before) + len(after),
        "away_wrong": sum(not _is_kept(*answer) for answer in answers) + sum(status != AWAY for status in reads),
        "away_not_back": sum(status not in (200, 303) for status in [*before, *after]),
    }


def _save_while(writers: list[Writer]) -> Counter[str]:
    """Save until each writer has been told that nothing can be saved."""
    found = Counter(disk_full_tried=0, disk_full_acknowledged=0, disk_full_wrong=0)
    for writer in writers:
        for number in range(MOST_SAVES):
            words = f"{number} {LONG}".strip()
            status, page = _try(writer, words)
            found["disk_full_tried"] += 1
            if status not in (200, 303):
                found["disk_full_wrong"] += not _is_kept(status, page)
                break
            _note(writer, words)
            found["disk_full_acknowledged"] += 1
        else:
            raise RuntimeError("the disk is never full")
    return found


def _save(writer: Writer, words: str) -> int:
    """Save; asked again while the answer is that nothing can be saved now."""
    words = f"{words}{len(writer.saved)}"
    name, others = writer.names
    status, _, _ = writer.browser.press(writer.path, {name: words, "version": str(writer.version), **others})
    _note(writer, words)
    return status


def _note(writer: Writer, words: str) -> None:
    writer.saved.append(words)
    writer.version += 1


def _try(writer: Writer, words: str) -> tuple[int, str]:
    """Send a form once."""
    name, others = writer.names
    body = urlencode({name: words, "version": str(writer.version), **others})
    return Call(writer.browser.port, writer.path, body, writer.browser.headers).send()


def _is_kept(status: int, page: str) -> bool:
    return status == AWAY and LONG.strip()[:2000] in page


def _read(writer: Writer) -> int:
    path = writer.path.partition("?")[0]
    return Call(writer.browser.port, path, headers=writer.browser.headers).send()[0]
