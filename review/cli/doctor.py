"""`dualtrack doctor`: what is unsafe or missing in this installation, and how to mend it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from review.adapters.clock import read_clock
from review.config import ROOT, JobsMode, Settings, read_settings
from review.models import Message, PacketFile, Person, Timer

LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
LEAST_FREE_BYTES = 1024**3
LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: what is wrong, and what to do about it."""

    what: str
    mend: str


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def doctor(is_json: bool) -> None:
    """Look at this installation; exit status 1 when there is something to mend."""
    findings = list(examine(read_settings(), now=read_clock()))
    if is_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        for finding in findings:
            click.echo(f"- {finding.what}\n  {finding.mend}")
        click.echo(f"{len(findings)} to mend." if findings else "All is well.")
    sys.exit(1 if findings else 0)


def examine(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Yield everything that is unsafe or missing."""
    from review.extensions import make_engine

    yield from find_in_settings(settings)
    yield from find_missing_libraries()
    yield from find_in_folders(settings)
    engine = make_engine(settings)
    try:
        yield from find_in_database(engine, now=now)
    finally:
        engine.dispose()


def find_in_settings(settings: Settings) -> Iterator[Finding]:
    """Yield settings that are allowed but not for real use."""
    if settings.mail.startswith("file:") and not settings.is_local:
        yield Finding("Mails are written to files and reach nobody.", "Set MAIL to your mail server: smtp://host:587")
    if settings.jobs is JobsMode.INLINE:
        yield Finding(
            "There is no worker (JOBS=inline): timers fire and mails go out only when `dualtrack tick` runs.",
            "Let cron run `dualtrack tick` each minute, or leave JOBS out.",
        )
    for name in ("secret.key", "audit.key"):
        path = settings.var_dir / name
        if path.exists() and path.stat().st_mode & 0o077:
            yield Finding(f"Others on this machine can read {path}.", f"chmod 600 {path}")


def find_missing_libraries(find: Callable[[str], str | None] = find_library) -> Iterator[Finding]:
    """Yield libraries that printing packets needs; without harfbuzz-subset it takes nearly three times as long."""
    for library, package in LIBRARIES.items():
        if find(library) is None:
            yield Finding(f"The library {library} is missing; packets need it.", f"apt-get install {package}")


def find_in_folders(settings: Settings) -> Iterator[Finding]:
    """Yield folders that cannot be written, or are about to be full."""
    for folder in sorted({settings.var_dir, settings.files_dir}):
        if not _is_writable(folder):
            yield Finding(f"{folder} cannot be written.", "Give it to the user that runs Dualtrack.")
        elif shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
            yield Finding(f"The disk under {folder} has less than 1 GiB left.", "Make room, or move VAR_DIR.")


def find_in_database(engine: Engine, *, now: datetime) -> Iterator[Finding]:
    """Yield a database that is away or of another version, and work that has come to a stop in it."""
    try:
        with Session(engine) as session:
            revision = _revision(engine)
            if revision != newest_revision():
                yield Finding(f"The database is at revision {revision}.", "dualtrack db migrate")
                return
            yield from _find_stopped_work(session, now)
    except SQLAlchemyError as error:
        yield Finding(f"The database does not answer: {error}", "Look at DATABASE_URL and at the server.")


def _find_stopped_work(session: Session, now: datetime) -> Iterator[Finding]:
    late = session.scalar(
        sa.select(sa.func.count()).where(
            Message.sent_at.is_(None),
            Message.dropped_at.is_(None),
            Message.created_at < now - LATE,
            Message.attempts > 0,
        )
    )
    if late:
        error = session.scalar(sa.select(Message.last_error).where(Message.last_error.is_not(None)).limit(1))
        yield Finding(
            f"{late} mails could not be sent for over an hour: {error}", "Look at MAIL and at the mail server."
        )
    failed = session.scalar(sa.select(sa.func.count()).where(PacketFile.state == "failed"))
    if failed:
        error = session.scalar(sa.select(PacketFile.error).where(PacketFile.state == "failed").limit(1))
        yield Finding(f"{failed} packets could not be printed: {error}", "dualtrack packet render CASE says why.")
    waiting = session.scalar(sa.select(sa.func.count()).where(Timer.done_at.is_(None), Timer.due_at < now - LATE))
    if waiting:
        yield Finding(
            f"{waiting} timers have been due for over an hour: no worker runs, or they fail.",
            "dualtrack tick tries them again and says why they fail; a worker says it in its log.",
        )
    if not session.scalar(sa.select(sa.func.count()).where(Person.is_active)):
        yield Finding("There is nobody in the directory.", "dualtrack people import FILE")


def newest_revision() -> str:
    """Return the revision that this version of the program needs."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(str(ROOT / "migrations")).get_current_head())


def _revision(engine: Engine) -> str | None:
    from alembic.migration import MigrationContext

    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _is_writable(folder: Path) -> bool:
    try:
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
